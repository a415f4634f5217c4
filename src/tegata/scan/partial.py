"""What is kept of the cells seen so far. Partials of any parts of a source merge, in any order, to the same whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

SAMPLE: Final = 512
"""Distinct values per column that the decision looks at: those with the smallest keyed hashes, so that the choice does
not depend on their order, their number or the way the source was cut into batches."""

SCHEMA: Final = {"column": pl.UInt32, "hash": pl.UInt64, "cell": pl.String}
_WAITING: Final = 16_384  # cells gathered before they are merged: of many batches only a few are among the smallest


@dataclass(frozen=True)
class Partial:
    """All columns: how many cells, how many of them empty (by column), and the samples of distinct values.

    `sample` has the form of `SCHEMA`; `column` is the number of the column. Once merged it is sorted and has at most
    SAMPLE rows per column, before that it may hold more, and the same value twice.
    """

    rows: int
    nulls: Sequence[int]
    sample: pl.DataFrame

    def filled(self, column: int) -> int:
        return self.rows - self.nulls[column]

    def sampled(self) -> Mapping[int, int]:
        """Distinct values in the sample, by column; columns without any are left out."""
        return dict(self.sample.group_by("column").len().iter_rows())


def nothing(columns: int) -> Partial:
    """No rows of so many columns."""
    return Partial(0, (0,) * columns, pl.DataFrame(schema=SCHEMA))


def smallest(candidates: pl.DataFrame) -> pl.DataFrame:
    """Of every column the SAMPLE distinct values with the smallest hashes, sorted by column and hash.

    Of cells that are the same value the first in the alphabet stands for all: no order of arrival may show.
    """
    ordered = candidates.sort("column", "hash", "cell")
    again = (pl.col("column") == pl.col("column").shift()) & (pl.col("hash") == pl.col("hash").shift())
    distinct = ordered.filter(~again.fill_null(value=False))
    return distinct.group_by("column", maintain_order=True).head(SAMPLE)


def merge(parts: Iterable[Partial]) -> Partial:
    """Partials of disjoint rows of the same columns as one; there is at least one."""
    known = list(parts)
    nulls = tuple(map(sum, zip(*(part.nulls for part in known), strict=True)))
    return Partial(sum(part.rows for part in known), nulls, smallest(pl.concat([part.sample for part in known])))


def cuts(merged: Partial) -> Mapping[int, int]:
    """By number of the column, the largest hash of a sample that is full."""
    full = merged.sample.group_by("column").agg(pl.len(), pl.col("hash").max())
    return {column: most for column, n, most in full.iter_rows() if n == SAMPLE}


class Survey:
    """A partial that grows. Small additions wait until it pays to merge them.

    `known`: the cuts of a survey of some of the rows that will be added.
    """

    def __init__(self, columns: int, known: Mapping[int, int] | None = None) -> None:
        self._known = [nothing(columns)]
        self._cuts = known or {}
        self._waiting = 0

    def add(self, part: Partial) -> None:
        self._known.append(part)
        self._waiting += part.sample.height
        if self._waiting > max(_WAITING, self._known[0].sample.height) or not self._cuts:
            self.whole()

    def whole(self) -> Partial:
        """Everything that was added."""
        if len(self._known) > 1:
            self._known, self._waiting = [merge(self._known)], 0
            self._cuts = {**self._cuts, **cuts(self._known[0])}
        return self._known[0]

    @property
    def cuts(self) -> Mapping[int, int]:
        """By number of the column: a hash above which no value can come into the sample any more."""
        return self._cuts


@dataclass(frozen=True)
class Tally:
    """Cells under a plan: per column, how many are what it was recognised as; and, of all columns, those that are
    something else worth a closer look (in the form of `matcher.STACK`)."""

    matched: tuple[int, ...]
    others: pl.DataFrame
