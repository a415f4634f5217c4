"""What is kept of the cells seen so far. Partials of any parts of a source merge, in any order, to the same whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

SAMPLE: Final = 512
"""Distinct values per column that the decision looks at: those with the smallest keyed hashes, so that the choice does
not depend on their order, their number or the way the source was cut into batches."""

SCHEMA: Final = {"hash": pl.UInt64, "cell": pl.String}


@dataclass(frozen=True)
class ColumnPartial:
    """One column: how many cells, how many of them empty, and the sample of distinct values."""

    rows: int
    nulls: int
    sample: pl.DataFrame  # columns `hash`, `cell`; at most SAMPLE rows

    def merge(self, other: ColumnPartial) -> ColumnPartial:
        if not other.sample.height:
            sample = self.sample
        elif not self.sample.height:
            sample = other.sample
        else:
            sample = smallest(pl.concat([self.sample, other.sample]))
        return ColumnPartial(self.rows + other.rows, self.nulls + other.nulls, sample)

    @property
    def filled(self) -> int:
        return self.rows - self.nulls


@cache
def nothing() -> ColumnPartial:
    """A column without rows."""
    return ColumnPartial(0, 0, pl.DataFrame(schema=SCHEMA))


def smallest(candidates: pl.DataFrame) -> pl.DataFrame:
    """The SAMPLE distinct values with the smallest hashes."""
    return candidates.unique("hash", keep="any").sort("hash").head(SAMPLE)


Partial = tuple[ColumnPartial, ...]
"""One ColumnPartial per column, in the order of the source."""


def merge(left: Partial, right: Partial) -> Partial:
    return tuple(a.merge(b) for a, b in zip(left, right, strict=True))


@dataclass(frozen=True)
class Tally:
    """Cells under a plan: per column, how many are what it was recognised as; and, of all columns, those that are
    something else worth a closer look (in the form of `matcher.STACK`)."""

    matched: tuple[int, ...]
    others: pl.DataFrame
