"""Labelled columns that others chose, and what a classifier makes of them.

Recognisers are tuned on the development part alone. A table belongs to the test part when the first byte of the SHA-256
of its name is divisible by three: all columns of one table stand on the same side. Columns marked `certain=no` count
neither as misses nor as false alarms.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tests.scan.making import categories, look
from tests.shared_data import shared_data

Verdicts = Mapping[str, Mapping[str, str]]
"""Table -> column -> category; what is not named is ordinary."""
ORDINARY = "ordinary"


class Label(NamedTuple):
    table: str
    column: str
    category: str

    @property
    def generated(self) -> bool:
        """Whether the author of the table is that of the label too."""
        return self.table.removesuffix(".csv").endswith(("_gen", "_g"))

    @property
    def test_part(self) -> bool:
        return hashlib.sha256(self.table.removesuffix(".csv").encode()).digest()[0] % 3 == 0


def folder() -> Path:
    return shared_data("columns")


@cache
def labels() -> tuple[Label, ...]:
    read = pl.read_csv(folder() / "labels.csv").filter(pl.col("certain") == "yes")
    return tuple(Label(table, column, folded(category)) for table, column, category in read[:, :3].iter_rows())


def folded(category: str) -> str:
    """The label's coarser names: people are contact data, special categories are one."""
    if category.startswith("person."):
        return "identifier.contact"
    return "special" if category.startswith("special.") else category


def ours(tables: set[str]) -> Verdicts:
    found = {table: categories(look(pl.read_csv(folder() / table, infer_schema=False))) for table in tables}
    return {table: {column: folded(category) for column, category in one.items()} for table, one in found.items()}


class Confusion(Counter[tuple[str, str]]):
    """(label, verdict) -> columns."""

    @classmethod
    def of(cls, verdicts: Verdicts, which: Callable[[Label], bool] = lambda _: True) -> Confusion:
        return cls(
            (one.category, verdicts[one.table].get(one.column, ORDINARY))
            for one in labels()
            if one.table in verdicts and which(one)
        )

    def categories(self) -> list[str]:
        return sorted({label for label, _ in self})

    def labelled(self, category: str) -> int:
        return sum(n for (label, _), n in self.items() if label == category)

    def recall(self, category: str) -> float:
        return self[category, category] / self.labelled(category)

    def f1(self, category: str) -> float:
        wrong = sum(n for (label, got), n in self.items() if (label == category) != (got == category))
        return 2 * self[category, category] / (2 * self[category, category] + wrong)

    def macro_f1(self) -> float:
        """Over the categories that are labelled."""
        return sum(map(self.f1, self.categories())) / len(self.categories())

    def mistakes(self) -> Iterator[tuple[str, str, int]]:
        for (label, got), n in sorted(self.items()):
            if label != got:
                yield label, got, n
