"""Who the subjects of a table are, by keyed hash: for those who count people over several tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tegata.model.profile import SubjectSet
from tegata.scan.residents import bit_of


@dataclass(frozen=True)
class Wanted:
    """Whom to tell of: per category, or head of categories (`identifier`), at most so many subjects who belong to
    `country` or may: whose country no column says."""

    country: str
    most: Mapping[str, int]


class Distinct:
    """The subjects that are wanted. Memory is 8 bytes for each, and there are no more than the sum of `wanted.most`."""

    def __init__(self, wanted: Wanted, categories: Sequence[str]) -> None:
        self._wanted: Final = wanted
        self._masks = {head: _mask(head, categories) for head in wanted.most}
        self._hashes = {head: pl.Series(dtype=pl.UInt64) for head in wanted.most}
        self._uncertain = dict.fromkeys(wanted.most, 0)
        self._keyless = dict.fromkeys(wanted.most, 0)

    def take(self, subjects: pl.DataFrame) -> None:
        """Frames of `distinct.SUBJECT` form, no subject in two of them."""
        for head, most in self._wanted.most.items():
            if (room := most - len(self._hashes[head])) > 0:
                found = subjects.filter(self._concerns(head)).head(room)
                self._hashes[head].append(found["subject"])
                self._uncertain[head] += int((found["residents"] == 0).sum())

    def count(self, subjects: pl.DataFrame) -> None:
        """Subjects that nothing tells apart: a frame with their number `n` instead of the hash."""
        for head in self._wanted.most:
            self._keyless[head] += int(subjects.filter(self._concerns(head))["n"].sum())

    def sets(self, categories: Sequence[str]) -> tuple[SubjectSet, ...]:
        """What was found of the heads of these categories."""
        return tuple(
            SubjectSet(
                category=head,
                hashes=tuple(self._hashes[head]),
                keyless=min(self._keyless[head], most),
                uncertain=self._uncertain[head],
            )
            for head, most in self._wanted.most.items()
            if _mask(head, categories)
        )

    def _concerns(self, head: str) -> pl.Expr:
        country = pl.lit(bit_of(self._wanted.country), dtype=pl.UInt64)
        belongs = (pl.col("residents") == 0) | (pl.col("residents") & country > 0)
        return (pl.col("categories") & pl.lit(self._masks[head], dtype=pl.UInt32) > 0) & belongs


def _mask(head: str, categories: Sequence[str]) -> int:
    """One bit for each category that is `head` or stands below it, in the order of `categories`."""
    return sum(1 << bit for bit, name in enumerate(categories) if name == head or name.startswith(head + "."))
