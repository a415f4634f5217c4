"""Legal definition x protection means x standard x procedure, as a table for people or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import IO, Final

from tegata.cli.paper import Paper
from tegata.model.base import Language, Text, t
from tegata.rules.means import Mapping

TITLES: Final = (
    t("PACK", "パック"),
    t("DEFINITION", "定義"),
    t("PROVISION", "条文"),
    t("MEANS", "措置"),
    t("TECHNIQUE", "技術"),
    t("STANDARD", "標準"),
    t("PROCEDURE", "手続"),
)
COLUMNS: Final = (
    "pack",
    "jurisdiction",
    "rule",
    "outcome",
    "provisions",
    "definition",
    "definition_cite",
    "definition_say",
    "verb",
    "say",
    "categories",
    "techniques",
    "standards",
    "procedures",
)


def show(paper: Paper, rows: Iterable[Mapping]) -> None:
    paper.table(TITLES, (_cells(row) for row in rows))


def _cells(row: Mapping) -> Sequence[str]:
    cited = "; ".join(row.provisions)
    means = (", ".join(part) for part in (row.techniques, row.standards, row.procedures))
    return (row.pack, row.definition, cited, row.verb, *means)


def write_csv(stream: IO[str], rows: Iterable[Mapping], language: Language) -> None:
    """All columns; lists are joined by `; `, sentences stand in one language."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(getattr(row, name), language) for name in COLUMNS] for row in rows)


def _plain(value: object, language: Language) -> str:
    match value:
        case None:
            return ""
        case Text():
            return value.say(language)
        case tuple():
            return "; ".join(value)
        case str():
            return value
    return str(getattr(value, "value", value))
