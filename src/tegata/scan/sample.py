"""A random sample of the rows: what it can tell of all of them, and with which certainty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log, log1p, sqrt
from typing import Final

import msgspec
import polars as pl

from tegata.model.base import Text, t
from tegata.model.profile import SubjectCount
from tegata.scan.roles import Role

CONFIDENCE: Final = 0.99


@dataclass(frozen=True)
class Sample:
    """Every row is looked at with the probability `share`, whatever becomes of the others. `seed` tells which."""

    share: float
    seed: int

    def of(self, batch: pl.DataFrame, *place: int) -> pl.DataFrame:
        """The rows that are looked at. `place` of the batch in the source: none is used twice in one pass."""
        import numpy as np

        drawn = np.random.default_rng((self.seed, *place)).random(batch.height)
        return batch.filter(pl.Series(drawn < self.share))

    @property
    def sure(self) -> int:
        """So many rows: what is in that many or more has been looked at, with CONFIDENCE."""
        return ceil(log(1 - CONFIDENCE) / log1p(-self.share)) if self.share < 1 else 1

    def say(self, looked_at: int, rows: int) -> Text:
        """What is bounded, and how (for shares of cells: W. Hoeffding, Probability inequalities, 1963, theorem 1)."""
        off = 100 * min(1.0, sqrt(log(2 / (1 - CONFIDENCE)) / (2 * max(1, looked_at))))
        return t(
            f"a random sample: {looked_at:,} of {rows:,} rows were looked at. With a certainty of {CONFIDENCE:.0%},"
            f" what stands in {self.sure:,} rows or more was seen at least once, and a share of cells is off by at most"
            f" {off:.1f} points. What stands in fewer rows may be missing; people are counted from above",
            f"無作為標本: {rows:,} 行のうち {looked_at:,} 行を調べました。{CONFIDENCE:.0%} の確度で、{self.sure:,} 行"
            f"以上に現れるものは 1 回以上調べられ、セルの割合の誤差は最大 {off:.1f} ポイントです。"
            "それより少ない行にしかないものは見落とす可能性があり、人数は上限値です",
        )


def from_above(
    counts: Iterable[SubjectCount], roles: Sequence[Role], skipped: int, within: Collection[str]
) -> tuple[SubjectCount, ...]:
    """Counts of a sample as upper bounds for all rows: every row that was not looked at may tell of somebody else, in
    each role. Of categories that stand `within` cells nothing is known from above: a cell may name any number.
    """
    found = []
    for count in counts:
        people = sum(count.category in role.categories for role in roles)
        if people and count.category not in within:
            n = count.n + people * skipped
            found.append(msgspec.structs.replace(count, n=n, exact=False, residents={}, one_country=False))
    return tuple(found)
