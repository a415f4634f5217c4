"""An evidence package on paper: the question, the verdict, and the entries that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tegata.model.base import Language, Text, t
from tegata.model.evidence import Entry, Verification
from tegata.sheets.sheet import Sheet
from tegata.sheets.verdict import told

MOST_LINES: Final = 500
"""So many entries are listed; all of them stand in the package."""
_TITLE: Final = t("Evidence", "証拠")
_COLUMNS: Final = (
    t("no.", "番号"),
    t("time (UTC)", "日時（UTC）"),
    t("kind", "種類"),
    t("about, and what it says", "対象と内容"),
)


class PackageContent(NamedTuple):
    """What a package answers with."""

    question: Text
    origin: str  # did:key of the log's owner
    size: int  # entries of the log under the checkpoint
    root: str
    entries: Mapping[int, Entry]


def package_sheet(result: Verification, content: PackageContent, language: Language) -> bytes:
    """The document (PDF). `result` is what its maker found, checking it before it was sealed; whoever reads it checks
    again. The same arguments give the same bytes. InputError where it cannot be drawn."""
    sheet = Sheet(language, _TITLE, content.origin)
    sheet.facts(
        [
            (t("question", "問い"), content.question),
            (t("log of", "ログの所有者"), content.origin),
            (t("checkpoint", "チェックポイント"), t(f"{content.size:,} entries", f"{content.size:,} 件")),
            (t("root", "ルート"), content.root),
        ],
        fixed=(1, 3),
    )
    sheet.heading(t("What the maker found", "作成者による検証"))
    told(sheet, result)
    sheet.heading(t(f"The {len(content.entries):,} entries", f"エントリー {len(content.entries):,} 件"))
    listed = list(content.entries.items())[:MOST_LINES]
    sheet.table(_COLUMNS, [_row(index, entry) for index, entry in listed], (1.4, 3, 3, 10))
    if len(content.entries) > len(listed):
        more = len(content.entries) - len(listed)
        sheet.line(t(f"and {more:,} more, in `entries/`", f"ほか {more:,} 件は `entries/` にあります"))
    return sheet.pdf()


def _row(index: int, entry: Entry) -> tuple[str, str, str, str]:
    says = ", ".join(f"{name}: {value}" for name, value in sorted(entry.body.items()))
    return str(index), f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.kind, f"{entry.subject}  {says}"
