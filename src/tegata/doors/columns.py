"""What the columns of a release hold: the narrowest type that changes no value, and figures of them.

The release is a CSV file of ours: UTF-8, comma, one header row (RFC 4180).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tegata.store.renditions import Column, ColumnType

if TYPE_CHECKING:
    import polars as pl

_NARROWEST_FIRST: Final[tuple[ColumnType, ...]] = ("long", "double", "date", "boolean")
_LONG: Final = r"^(?:0|-?[1-9][0-9]{0,17})$"
_NUMBER: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
_DIGITS: Final = 15
"""So many digits a double keeps as they are written."""


def texts(path: Path) -> pl.LazyFrame:
    """The release with every cell as a text; an empty one is null. The engine does not unfold doubled quotation marks
    in a header, so its names are read here."""
    import polars as pl

    with path.open(encoding="utf-8", newline="") as text:
        names = next(csv.reader(text))
    return pl.scan_csv(path, infer_schema=False, null_values=[""], glob=False, encoding="utf8", new_columns=names)


def columns_of(path: Path) -> tuple[Column, ...]:
    """The columns, each with the narrowest type in which every value is written in one way, so that none is changed by
    it: `007`, a number of 17 digits, or `2024-02-30` keep their column a text."""
    surveys: dict[str, _Survey] = {}
    for frame in texts(path).collect_batches(maintain_order=False):
        for cells in frame:
            surveys.setdefault(cells.name, _Survey()).take(cells)
    names = texts(path).collect_schema().names()
    return tuple(surveys.get(name, _Survey()).column(name) for name in names)


class _Survey:
    """What is known of one column so far."""

    def __init__(self) -> None:
        self._kinds = set(_NARROWEST_FIRST)
        self._bounds: dict[str, tuple[Any, Any]] = {}
        self._nulls = self._filled = 0

    def take(self, cells: pl.Series) -> None:
        filled = cells.alias("cells").drop_nulls()  # the engine takes a name like `^x.*$` for a pattern
        self._nulls += len(cells) - len(filled)
        self._filled += len(filled)
        if filled.is_empty():
            return
        self._kinds = {kind for kind in self._kinds if _fits(kind, filled)}
        for kind in self._kinds - {"boolean"}:
            values = _read(kind, filled)
            low, high = self._bounds.get(kind, (values.min(), values.max()))
            self._bounds[kind] = (min(low, values.min()), max(high, values.max()))

    def column(self, name: str) -> Column:
        if not self._filled:
            return Column(name=name, type="string", nulls=self._nulls)
        kind: ColumnType = next((kind for kind in _NARROWEST_FIRST if kind in self._kinds), "string")
        low, high = self._bounds.get(kind, (None, None))
        return Column(name=name, type=kind, nulls=self._nulls, low=low, high=high)


def _fits(kind: ColumnType, cells: pl.Series) -> bool:
    if kind == "boolean":
        return bool(cells.is_in(["true", "false"]).all())
    if kind == "long":
        return bool(cells.str.contains(_LONG).all())
    if kind == "double":
        digits = cells.str.replace_all(r"[-.]", "").str.len_chars()
        return bool((cells.str.contains(_NUMBER) & (digits <= _DIGITS) & (cells != "-0")).all())
    days = cells.str.contains(r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$").all()
    return bool(days and cells.str.to_date("%Y-%m-%d", strict=False).is_not_null().all())


def _read(kind: ColumnType, cells: pl.Series) -> pl.Series:
    """Values that can be compared; days compare as they are written."""
    import polars as pl

    return cells if kind == "date" else cells.cast(pl.Int64 if kind == "long" else pl.Float64)
