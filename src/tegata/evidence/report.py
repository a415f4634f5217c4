"""An evidence package for people: a page, and paper in both languages where that can be drawn."""

from __future__ import annotations

import html
from typing import Final, NamedTuple

from tegata.evidence.answer import Entries
from tegata.model.base import Language, Text
from tegata.model.errors import InputError
from tegata.model.evidence import Checkpoint, Entry, Verification

_LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


class Answer(NamedTuple):
    """What a package answers with."""

    question: Text
    checkpoint: Checkpoint
    entries: Entries


def reports(answer: Answer, verdict: Verification) -> dict[str, bytes]:
    """Files by name. What counts are the files beside them."""
    return {"report.html": _page(answer), **_sheets(answer, verdict)}


def _sheets(answer: Answer, verdict: Verification) -> dict[str, bytes]:
    """None where the extra `pdf` is not installed."""
    from tegata.sheets.package import PackageContent, package_sheet

    point = answer.checkpoint
    content = PackageContent(answer.question, point.origin, point.size, point.root, answer.entries)
    try:
        return {f"report.{language}.pdf": package_sheet(verdict, content, language) for language in _LANGUAGES}
    except InputError:
        return {}


def _page(answer: Answer) -> bytes:
    point = answer.checkpoint
    lines = "".join(_line(index, entry) for index, entry in answer.entries.items())
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence / 証拠</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem}}
td,th{{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-top:1px solid #ccc;overflow-wrap:anywhere}}
</style>
<h1>Evidence / 証拠</h1><p>{html.escape(answer.question.en)}<br>{html.escape(answer.question.ja)}</p>
<p>Log / ログ: {html.escape(point.origin)}, {point.size} entries / 件</p>
<p>Check this package with <code>tegata verify FILE</code>. <code>tegata verify FILE</code> で検証できます。</p>
<table><tr><th>#<th>Time / 日時<th>Kind / 種類<th>Subject / 対象<th>Says / 内容{lines}</table></html>
""".encode()


def _line(index: int, entry: Entry) -> str:
    says = "<br>".join(f"{html.escape(name)}: {html.escape(str(value))}" for name, value in sorted(entry.body.items()))
    cells = (str(index), entry.at.isoformat(), html.escape(entry.kind), html.escape(entry.subject), says)
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells)
