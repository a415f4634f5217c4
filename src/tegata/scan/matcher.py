"""Which patterns match which cells, exactly, at little more than the price of one pattern.

One alternation asks first whether anything matches at all. Where it does, the patterns that explain a few of the hits are
run on their own, and the alternation of all the others decides whether there is anything left to look for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tegata.scan.normalise import compact
from tegata.scan.recogniser import Recogniser
from tegata.scan.validators import VALIDATORS

_PEEK = 8  # hits that are looked at to guess which patterns explain the column


@dataclass(frozen=True)
class Hits:
    """Cells that have the shape of a recogniser, and those of them that also pass its proof."""

    shaped: int
    valid: int

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.shaped + other.shaped, self.valid + other.valid)


@lru_cache(maxsize=4096)
def whole(patterns: tuple[str, ...]) -> str:
    """One pattern for the whole cell that matches where any of `patterns` does."""
    return "^(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")$"


class Matcher:
    """The recognisers that look at one column, with counts weighted where cells stand for several equal ones."""

    def __init__(self, recognisers: Iterable[Recogniser]) -> None:
        self._by_shape: dict[str, list[Recogniser]] = {}
        for recogniser in recognisers:
            if recogniser.patterns:
                self._by_shape.setdefault(whole(recogniser.patterns), []).append(recogniser)
        self._any: dict[frozenset[str], str] = {}

    def run(self, cells: pl.Series, weights: pl.Series | None = None) -> dict[str, Hits]:
        """Hits by recogniser id over non-null, normalised cells; recognisers without any are absent."""
        found: dict[str, Hits] = {}
        rest = frozenset(self._by_shape)
        while rest and len(cells):
            fires = cells.str.contains(self._alternation(rest))
            if not fires.all():
                cells = cells.filter(fires)
                weights = None if weights is None else weights.filter(fires)
            if not len(cells):
                break
            explain = _explaining(cells, rest)
            for shape in explain:
                self._count(shape, cells, weights, found)
            rest -= explain
        return found

    def _alternation(self, shapes: frozenset[str]) -> str:
        if shapes not in self._any:
            self._any[shapes] = "|".join(sorted(shapes))
        return self._any[shapes]

    def _count(self, shape: str, cells: pl.Series, weights: pl.Series | None, found: dict[str, Hits]) -> None:
        mask = cells.str.contains(shape)
        every = bool(mask.all())
        shaped = cells if every else cells.filter(mask)
        weight = weights if every or weights is None else weights.filter(mask)
        for recogniser in self._by_shape[shape]:
            found[recogniser.id] = Hits(_sum(weight, len(shaped)), _valid(recogniser, shaped, weight))


def _explaining(cells: pl.Series, shapes: frozenset[str]) -> frozenset[str]:
    peek = cells.head(_PEEK)
    explain = frozenset(shape for shape in shapes if peek.str.contains(shape).any())
    return explain


def _sum(weights: pl.Series | None, length: int) -> int:
    return length if weights is None else int(weights.sum() or 0)


def _valid(recogniser: Recogniser, shaped: pl.Series, weights: pl.Series | None) -> int:
    passed = proof(recogniser, shaped)
    if weights is None:
        return int(passed.sum() or 0)
    return int(weights.filter(passed).sum() or 0)


def proof(recogniser: Recogniser, shaped: pl.Series) -> pl.Series:
    """Which of the cells that have the shape also pass validator and range; all of them when it has neither."""
    passed = pl.repeat(value=True, n=len(shaped), dtype=pl.Boolean, eager=True)
    if not len(shaped):
        return passed
    if recogniser.validator:
        value = compact(shaped) if recogniser.normaliser == "compact" else shaped
        passed = passed & VALIDATORS[recogniser.validator](value).fill_null(value=False)
    if recogniser.range is not None:
        low, high = recogniser.range
        passed = passed & shaped.cast(pl.Float64, strict=False).is_between(low, high).fill_null(value=False)
    return passed
