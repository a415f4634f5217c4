"""Which patterns match which cells, exactly, at little more than the price of one pattern.

One alternation asks first whether anything matches at all; single patterns run only on the cells where it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from tegata.scan.normalise import canonical
from tegata.scan.recogniser import Recogniser
from tegata.scan.validators import VALIDATORS

_PEEK: Final = 10_000  # cells among which the shapes of a larger number of cells are looked for


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


STACK: Final = {"column": pl.UInt32, "cell": pl.String, "n": pl.UInt32}
"""Cells of several columns, one below the other: number of the column, the cell, how many equal cells it stands for."""

Found = dict[tuple[int, str], Hits]
"""(column, recogniser id) -> hits; what is not in it has none."""


def stack(columns: Mapping[int, pl.Series]) -> pl.DataFrame:
    """Cells of some columns in the form of `STACK`, each standing for itself."""
    frames = [
        pl.DataFrame({"column": pl.repeat(n, len(c), dtype=pl.UInt32, eager=True), "cell": c})
        for n, c in columns.items()
    ]
    empty = pl.DataFrame(schema=STACK).drop("n")
    return pl.concat([empty, *frames]).with_columns(n=pl.lit(1, dtype=pl.UInt32))


class Matcher:
    """Recognisers that look at every column alike."""

    def __init__(self, recognisers: Iterable[Recogniser]) -> None:
        self._by_shape: dict[str, list[Recogniser]] = {}
        for recogniser in recognisers:
            if recogniser.patterns:
                self._by_shape.setdefault(whole(recogniser.patterns), []).append(recogniser)
        self._any = _alternation(self._by_shape)

    def fires(self, cells: pl.Series) -> pl.Series:
        """Which cells have the shape of any recogniser at all."""
        return cells.str.contains(self._any)

    def find(self, cells: pl.DataFrame) -> Found:
        """Hits of every recogniser over a stack.

        While there are many cells, only the shapes that some of them show are run one by one; then one alternation of
        all others tells whether anything is left.
        """
        found: Found = {}
        rest = set(self._by_shape)
        while rest and (cells := cells.filter(pl.col("cell").str.contains(_alternation(rest)))).height:
            peek = cells.get_column("cell").gather_every(max(1, cells.height // _PEEK))
            shown = {shape for shape in rest if peek.str.contains(shape).any()}
            for shape in shown:
                find_shape(shape, self._by_shape[shape], cells, found)
            rest = rest - shown if cells.height > _PEEK else set()
        return found


def _alternation(shapes: Iterable[str]) -> str:
    return "|".join(sorted(shapes))


def find_shape(shape: str, recognisers: Iterable[Recogniser], cells: pl.DataFrame, found: Found) -> None:
    """Add the hits of recognisers that share one shape."""
    shaped = cells.filter(pl.col("cell").str.contains(shape))
    if not shaped.height:
        return
    for recogniser in recognisers:
        proven = shaped.select("column", "n", valid=pl.col("n") * proof(recogniser, shaped.get_column("cell")))
        for column, n, valid in proven.group_by("column").agg(pl.col("n", "valid").sum()).iter_rows():
            found[column, recogniser.id] = Hits(n, valid)


def matched(recogniser: Recogniser, cells: pl.Series) -> pl.Series:
    """Which cells have the shape of the recogniser and pass its proof."""
    mask = cells.str.contains(whole(recogniser.patterns))
    if not (recogniser.validator or recogniser.range):
        return mask
    if mask.all():
        return proof(recogniser, cells)
    return mask.scatter(mask.arg_true(), proof(recogniser, cells.filter(mask)))


def proof(recogniser: Recogniser, shaped: pl.Series) -> pl.Series:
    """Which of the cells that have the shape also pass validator and range; all of them when it has neither."""
    passed = pl.repeat(value=True, n=len(shaped), dtype=pl.Boolean, eager=True)
    if not len(shaped):
        return passed
    if recogniser.validator:
        value = canonical(shaped, recogniser.normaliser)
        passed = passed & VALIDATORS[recogniser.validator](value).fill_null(value=False)
    if recogniser.range is not None:
        low, high = recogniser.range
        passed = passed & shaped.cast(pl.Float64, strict=False).is_between(low, high).fill_null(value=False)
    return passed
