"""Which patterns match which cells, exactly, at little more than the price of one pattern.

One alternation asks first whether anything matches at all; single patterns run only on the cells where it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_
from typing import Final

import polars as pl

from tegata.scan.normalise import canonical
from tegata.scan.recogniser import Recogniser
from tegata.scan.validators import VALIDATORS

_PROSE: Final = "seen on Monday; they shall call 555 again."
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


@lru_cache(maxsize=1024)
def _is_loose(patterns: tuple[str, ...], examples: tuple[str, ...]) -> bool:
    texts = [_PROSE, *(text for e in examples for text in (f"{e} {_PROSE}", f"{_PROSE} {e}"))]
    return bool(pl.Series(texts).str.contains(whole(patterns)).any())


def takes_any_text(recogniser: Recogniser) -> bool:
    """Whether cells that are of this kind may hold more than a value of it."""
    return not recogniser.patterns or _is_loose(recogniser.patterns, recogniser.examples)


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

    def find(self, cells: pl.DataFrame) -> Found:
        """Hits of every recogniser over a stack."""
        found: Found = {}
        for shape, shaped in firing(cells, self._by_shape):
            _count(self._by_shape[shape], shaped, found)
        return found


def firing(cells: pl.DataFrame, shapes: Iterable[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each shape that some cell shows, with those cells.

    While there are many cells, only the shapes that some of them show are run one by one; then one alternation of all
    others tells whether anything is left.
    """
    rest = set(shapes)
    while rest and (cells := cells.filter(pl.col("cell").str.contains(alternation(rest)))).height:
        step = max(1, cells.height // _PEEK)
        peek = _shapes(cells.gather_every(step), sorted(rest))
        shown = [shape for shape, shows in peek.select(pl.all().any()).row(0, named=True).items() if shows]
        flags = peek if step == 1 else _shapes(cells, shown)
        for shape in shown:
            yield shape, cells.filter(flags.get_column(shape))
        rest = rest - set(shown) if step > 1 else set()


def alternation(shapes: Iterable[str]) -> str:
    """One pattern that matches where any of them does."""
    return "|".join(sorted(shapes))


def _shapes(cells: pl.DataFrame, shapes: Iterable[str]) -> pl.DataFrame:
    """One truth column per shape, called by it."""
    return cells.select(pl.col("cell").str.contains(shape).alias(shape) for shape in shapes)


def find_shape(shape: str, recognisers: Iterable[Recogniser], cells: pl.DataFrame, found: Found) -> None:
    """Add the hits of recognisers that share one shape."""
    shaped = cells.filter(pl.col("cell").str.contains(shape))
    if shaped.height:
        _count(recognisers, shaped, found)


def _count(recognisers: Iterable[Recogniser], shaped: pl.DataFrame, found: Found) -> None:
    cells = shaped.get_column("cell")
    for recogniser in recognisers:
        valid = proof(recogniser, cells, canonical(cells, recogniser.normaliser) if recogniser.validator else cells)
        proven = shaped.select("column", "n", valid=pl.col("n") * valid)
        for column, n, hits in proven.group_by("column").agg(pl.col("n", "valid").sum()).iter_rows():
            found[column, recogniser.id] = Hits(n, hits)


def proof(recogniser: Recogniser, shaped: pl.Series, value: pl.Series) -> pl.Series:
    """Which of the cells that have the shape also pass validator and range; all of them when it has neither.

    `value`: the cells in canonical form, which is what a validator takes.
    """
    passed = []
    if recogniser.validator and len(shaped):
        passed.append(VALIDATORS[recogniser.validator](value))
    if recogniser.range is not None:
        passed.append(shaped.cast(pl.Float64, strict=False).is_between(*recogniser.range))
    if not passed:
        return pl.repeat(value=True, n=len(shaped), dtype=pl.Boolean, eager=True)
    proven = reduce(and_, passed)
    return proven.fill_null(value=False) if proven.null_count() else proven
