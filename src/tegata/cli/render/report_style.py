"""How reports look, on a screen and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
body{font:16px/1.6 system-ui,"Noto Sans JP","Hiragino Sans","Yu Gothic",sans-serif;color:#1a1a1c;margin:1.5rem}
main{max-width:62rem;margin:auto}
h1{font-size:1.6rem;margin:.2rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;border-bottom:1px solid #949494;margin:2rem 0 .6rem}
h3{font-size:1rem;margin:1.2rem 0 .2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}
dt{color:#595959}
dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;color:#595959}
th,td{padding:.2rem .8rem .2rem 0;vertical-align:top;border-bottom:1px solid #e6e6e6;overflow-wrap:anywhere}
.why td:first-child{width:10rem}
code{font:.9em ui-monospace,monospace}
small{color:#595959}
.figure{white-space:nowrap}
.bar{vertical-align:middle}
.bar rect{fill:#0055ad}
.bar .back{fill:#e6e6e6}
.bar .for{fill:#0055ad}
.bar .against{fill:#b04a00}
.bar line{stroke:#595959}
.notes li{color:#7a3d00}
article{break-inside:avoid}
#en:checked~main [lang=ja],#ja:checked~main [lang=en]{display:none}
@media print{body{margin:0;font-size:11px}input,label{display:none}svg{print-color-adjust:exact;
-webkit-print-color-adjust:exact}thead{display:table-header-group}tr{break-inside:avoid}}
"""
