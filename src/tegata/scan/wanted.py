"""Who the subjects of a table are, by keyed hash: for those who count people over several tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.model.categories import under
from tegata.model.profile import SubjectSet, Wanted
from tegata.scan.residents import bit_of


class Distinct:
    """The subjects that are wanted. Memory is 8 bytes for each, and there are no more than the sum of `wanted.most`."""

    def __init__(self, wanted: Wanted, categories: Sequence[str]) -> None:
        self._wanted: Final = wanted
        self._masks = {name: _mask(wanted.heads[name], categories) for name in wanted.most}
        self._hashes = {name: pl.Series(dtype=pl.UInt64) for name in wanted.most}
        self._uncertain = dict.fromkeys(wanted.most, 0)
        self._keyless = dict.fromkeys(wanted.most, 0)

    def take(self, subjects: pl.DataFrame) -> None:
        """Frames of `distinct.SUBJECT` form, no subject in two of them, those with smaller hashes first."""
        for name, most in self._wanted.most.items():
            if (room := most - len(self._hashes[name])) > 0:
                found = subjects.filter(self._concerns(name)).sort("subject").head(room)
                self._hashes[name].append(found["subject"])
                if self._wanted.country:
                    self._uncertain[name] += int((found["residents"] == 0).sum())

    def count(self, subjects: pl.DataFrame) -> None:
        """Subjects that nothing tells apart: a frame with their number `n` instead of the hash."""
        for name in self._wanted.most:
            self._keyless[name] += int(subjects.filter(self._concerns(name))["n"].sum())

    def sets(self, categories: Sequence[str]) -> tuple[SubjectSet, ...]:
        """What was found of the names that have one of these categories below them."""
        return tuple(
            SubjectSet(
                category=name,
                hashes=tuple(self._hashes[name]),
                keyless=min(self._keyless[name], most),
                uncertain=self._uncertain[name],
            )
            for name, most in self._wanted.most.items()
            if _mask(self._wanted.heads[name], categories)
        )

    def _concerns(self, name: str) -> pl.Expr:
        concerns = pl.col("categories") & pl.lit(self._masks[name], dtype=pl.UInt32) > 0
        if not self._wanted.country:
            return concerns
        country = pl.lit(bit_of(self._wanted.country), dtype=pl.UInt64)
        return concerns & ((pl.col("residents") == 0) | (pl.col("residents") & country > 0))


def _mask(heads: Sequence[str], categories: Sequence[str]) -> int:
    """One bit for each category that is one of `heads` or stands below it, in the order of `categories`."""
    return sum(1 << bit for bit, name in enumerate(categories) if under(name, heads))
