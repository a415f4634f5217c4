"""What is kept of the cells seen so far. Partials of any parts of a source merge, in any order, to the same whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tegata.scan.matcher import Hits

SAMPLE = 512
"""Distinct values per column that the decision looks at: those with the smallest keyed hashes, so that the choice does
not depend on their order, their number or the way the source was cut into batches."""

SCHEMA = {"hash": pl.UInt64, "cell": pl.String}


@dataclass(frozen=True)
class ColumnPartial:
    """One column: cells, empty cells, hits by recogniser over every cell, and the sample of distinct values."""

    rows: int
    nulls: int
    hits: Mapping[str, Hits]
    sample: pl.DataFrame  # columns `hash`, `cell`; at most SAMPLE rows

    def merge(self, other: ColumnPartial) -> ColumnPartial:
        hits = dict(self.hits)
        for name, more in other.hits.items():
            hits[name] = hits[name] + more if name in hits else more
        return ColumnPartial(
            self.rows + other.rows, self.nulls + other.nulls, hits, smallest(pl.concat([self.sample, other.sample]))
        )

    @staticmethod
    def empty() -> ColumnPartial:
        return ColumnPartial(0, 0, {}, pl.DataFrame(schema=SCHEMA))


def smallest(candidates: pl.DataFrame) -> pl.DataFrame:
    """The SAMPLE distinct values with the smallest hashes."""
    return candidates.unique("hash", keep="any").bottom_k(SAMPLE, by="hash").sort("hash")


Partial = tuple[ColumnPartial, ...]
"""One ColumnPartial per column, in the order of the source."""


def merge(left: Partial, right: Partial) -> Partial:
    return tuple(a.merge(b) for a, b in zip(left, right, strict=True))
