"""Text as reportlab sets it: each run of letters in a font that has them.

The fonts are those that every reader of PDF brings (the standard 14, and Adobe's CJK fonts by name), so none is
embedded and the files stay small. A letter that none of them has is shown as the geta mark, as Japanese printers do:
what counts are the signed bytes, not the paper.
"""

from __future__ import annotations

import itertools
import unicodedata
from typing import Final
from xml.sax.saxutils import escape

PLAIN: Final = "Helvetica"
BOLD: Final = "Helvetica-Bold"
FIXED: Final = "Courier"
_GETA: Final = "〓"
_CJK: Final = {
    "cp932": "HeiseiKakuGo-W5",
    "gb2312": "STSong-Light",
    "big5": "MSung-Light",
    "euc_kr": "HYGothic-Medium",
}
"""Fonts by the codec that tells their letters; the first that has one sets it."""


def register() -> None:
    """Make the CJK fonts known to reportlab; once is enough, more does no harm."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    known = pdfmetrics.getRegisteredFontNames()
    for name in _CJK.values():
        if name not in known:
            pdfmetrics.registerFont(UnicodeCIDFont(name))


def markup(text: str) -> str:
    """Text from anywhere as a paragraph: nothing in it is read as markup, nothing steers the reader."""
    runs = itertools.groupby(map(_harmless, text), key=_font)
    return "".join(
        f'<font name="{font}">{escape("".join(run))}</font>' if font else escape("".join(run)) for font, run in runs
    )


def _harmless(letter: str) -> str:
    """Control, bidirectional and surrogate characters, and what no font here has, as the geta mark."""
    if letter in "\n\t":
        return " "
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") or _font(letter) is None:
        return _GETA
    return letter


def _font(letter: str) -> str | None:
    """The font of a letter; empty where it is that of the paragraph, None where there is none."""
    if _encodes("cp1252", letter):
        return ""
    return next((font for codec, font in _CJK.items() if letter <= "\uffff" and _encodes(codec, letter)), None)


def _encodes(codec: str, letter: str) -> bool:
    try:
        letter.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
