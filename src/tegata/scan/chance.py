"""How many values of one column would stand in the text of another by chance, counted over all records of a batch.

If the two have nothing to do with each other, a cell that holds a value stands in a record of that value as often as
the value has a share in the records. Rare values - names, codes - then nearly never do, so one or two are no chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Final

import polars as pl

LEAST_EQUAL, LEAST_WITHIN = 2, 5  # bytes of a value: of short ones some stand in any text
_FALSE: Final = 1e-4  # so rarely a pair of columns that have nothing to do with each other is taken for a copy
_HOPELESS: Final = 0.1  # by chance: fewer than four copies tell nothing then
_AT_ONCE: Final = 4096  # distinct cells


@dataclass
class Rarity:
    """What was seen of a pair of columns. `expected`: by chance, in the batches that were looked at, which are those
    that held a copy: the others are taken to be like them."""

    own: int = 0
    expected: float = 0
    looked: int = 0
    common: bool = False

    def add(self, own: int, expected: float, batches: int) -> bool:
        """Whether the copies are too many for chance, after so many batches in all."""
        self.own, self.expected, self.looked = self.own + own, self.expected + expected, self.looked + 1
        by_chance = self.expected / self.looked * batches
        self.common = by_chance > _HOPELESS
        return not self.common and by_chance**self.own / factorial(self.own) <= _FALSE


def by_chance(texts: pl.Series, values: pl.Series) -> float:
    """How many records would hold their own value by chance; at least `_HOPELESS` of them where that is many. Both
    columns are folded; short values count as whole cells only."""
    shares = values.drop_nulls().alias("v").value_counts(name="share")
    shares = shares.with_columns(pl.col("share") / len(values), size=pl.col("v").str.len_bytes())
    cells = texts.drop_nulls().alias("v").value_counts(name="cells").filter(pl.col("v").str.len_bytes() >= LEAST_EQUAL)
    short = shares.filter(pl.col("size").is_between(LEAST_EQUAL, LEAST_WITHIN - 1))
    expected = _met(cells, short)
    patterns = shares.filter(pl.col("size") >= LEAST_WITHIN)
    roomy = cells.filter(pl.col("v").str.len_bytes() >= LEAST_WITHIN)
    for start in range(0, roomy.height if patterns.height else 0, _AT_ONCE):
        if expected > _HOPELESS:
            break
        held = pl.col("v").str.extract_many(pl.lit(patterns["v"].implode()), overlapping=True).list.unique()
        expected += _met(roomy.slice(start, _AT_ONCE).select(held, "cells").explode("v"), patterns)
    return expected


def _met(cells: pl.DataFrame, shares: pl.DataFrame) -> float:
    met = cells.join(shares, on="v").select((pl.col("cells") * pl.col("share")).sum())
    return float(met.item())
