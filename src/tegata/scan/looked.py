"""One batch as seen under a plan. What several readers of it need is made once: counts, leftovers and subject keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from tegata.scan.matcher import proof, takes_any_text, whole
from tegata.scan.normalise import canonical
from tegata.scan.recogniser import Recogniser

Own = Mapping[str, Recogniser]
"""By name of a column, what it was recognised as."""


def shaped(cells: pl.DataFrame, own: Own, columns: Iterable[str]) -> pl.DataFrame:
    """Which cells of some of the columns have the shape of what their column was recognised as."""
    shapes: dict[str, list[str]] = {}
    for name in columns:
        shapes.setdefault(whole(own[name].patterns), []).append(name)
    return cells.select(pl.col(names).str.contains(shape) for shape, names in shapes.items())


class Looked:
    """Normalised cells of a batch, and which of them have the shape of what their column was recognised as.

    Cells that `own` does not explain are held against `foreign`, an alternation of everything that would be worth a
    closer look in any text. `flags`: which cells are shaped, as far as that is known.
    """

    def __init__(self, cells: pl.DataFrame, own: Own, foreign: str, flags: pl.DataFrame) -> None:
        self.cells = cells
        self._own, self._foreign = own, foreign
        rest = [name for name, recogniser in own.items() if recogniser.patterns and name not in flags.columns]
        self._flags = pl.concat([flags, shaped(cells, own, rest)], how="horizontal")
        self._shaped: dict[str, int] = self._flags.sum().row(0, named=True) if self._flags.width else {}
        self._nulls: dict[str, int] = cells.null_count().row(0, named=True)
        self._canonical: dict[str, pl.Series] = {}
        self._proven: dict[str, pl.Series] = {}

    def filled(self, name: str) -> int:
        return self.cells.height - self._nulls[name]

    def matched(self, name: str) -> int:
        """Cells that are what their column was recognised as: of its shape, and proven."""
        recogniser = self._own.get(name)
        if recogniser is None:
            return 0
        if not recogniser.patterns:
            return self.filled(name)
        return int(self._mask(name, recogniser).sum()) if recogniser.proves else self._shaped[name] or 0

    def others(self) -> dict[str, pl.Series]:
        """By column, the cells that may hold something beside what the column is."""
        whole = [name for name in self.cells.columns if self._may_be_any_text(name)]
        flags = self.cells.select(pl.col(whole).str.contains(self._foreign)) if whole else pl.DataFrame()
        firing = flags.sum().row(0, named=True) if whole else {}
        found = {name: self.cells[name].filter(flags[name]) for name, fires in firing.items() if fires}
        for name in self.cells.columns:
            if name not in firing and len(cells := self._unexplained(name)):
                found[name] = cells.filter(cells.str.contains(self._foreign))
        return found

    def _may_be_any_text(self, name: str) -> bool:
        """Whether the kind of a column says nothing of what else its cells hold."""
        recogniser = self._own.get(name)
        return recogniser is None or takes_any_text(recogniser)

    def _unexplained(self, name: str) -> pl.Series:
        """Cells that are not what their column is."""
        cells = self.cells.get_column(name)
        if self.matched(name) == self.filled(name):
            return cells.clear()
        return cells.filter(~self._mask(name, self._own[name]))

    def canonical(self, name: str) -> pl.Series:
        """Cells of a recognised column, equal for equal values however they are written; null where the shape is wrong.

        What has not the shape of its column (`n/a`, `unknown`) tells nobody apart: many people may share it.
        """
        if name not in self._canonical:
            recogniser, cells = self._own[name], self.cells.get_column(name)
            if recogniser.patterns and self._shaped[name] != self.filled(name):
                cells = cells.set(~self._flags.get_column(name).fill_null(value=False), None)
            self._canonical[name] = canonical(cells, recogniser.normaliser)
        return self._canonical[name]

    def _mask(self, name: str, recogniser: Recogniser) -> pl.Series:
        """Which cells of a recognised column with patterns are of its kind; null where they are empty."""
        mask = self._flags.get_column(name)
        if not recogniser.proves or not self._shaped[name]:
            return mask
        if name not in self._proven:
            whole_column = self._shaped[name] == len(mask)
            shaped = self.cells.get_column(name) if whole_column else self.cells.get_column(name).filter(mask)
            value = self.canonical(name).drop_nulls() if recogniser.validator else shaped
            passed = proof(recogniser, shaped, value)
            self._proven[name] = passed if whole_column else mask.scatter(_true(mask), passed)
        return self._proven[name]


def _true(mask: pl.Series) -> pl.Series:
    return mask.fill_null(value=False).arg_true()
