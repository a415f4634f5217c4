"""What single cells say when they are read: for cells that stand in disguise here and there in a column.

`disguise` asks what a column as a whole is and needs nine of ten cells; here each cell is looked through, by the
readings that bring out text only where there is some, and by letters that look like others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import polars as pl

from tegata.scan.disguise import read_by
from tegata.scan.folding import longest
from tegata.scan.readings import READINGS, Reading

_LOOKED_THROUGH: Final = tuple(r for r in READINGS if r.decodes or r.id in ("digits", "letters"))
_DEPTH: Final = 3  # one after the other, as in a scan
_PEEK: Final = 1000  # cells that tell whether there are few values
_NOTHING: Final = pl.Series(dtype=pl.String)
_FEW, _SHORT = 2_000, 200  # values of a column that are kept, and the bytes of each
_LEAST: Final = 8  # characters; what is shorter says too little when it is read


class Spoken(NamedTuple):
    """Distinct cells, and what each of them says by one path of readings."""

    cells: pl.Series
    said: pl.Series


def roomy(cells: pl.DataFrame) -> list[str]:
    """Columns with room for a disguise."""
    return [name for name, most in longest(cells).items() if most >= _LEAST]


class Disguises:
    """What cells of a table say, batch by batch. Of columns with few values, those that say nothing are known again."""

    def __init__(self) -> None:
        self._silent: dict[str, pl.Series] = {}

    def of(self, column: pl.Series) -> Iterator[Spoken]:
        """By every path of readings that brings out something else than the cells themselves."""
        asked = column.unique() if _repeats(column) else column
        if len(asked) <= _FEW:
            yield from self._new(column.name, asked.unique().drop_nulls())
        elif asked.str.contains(_any_shape()).any():
            yield from spoken(asked.unique().drop_nulls())

    def _new(self, name: str, distinct: pl.Series) -> Iterator[Spoken]:
        silent = self._silent.get(name, _NOTHING)
        asked = distinct.filter(~distinct.is_in(silent.implode()))
        heard = [_NOTHING]
        for one in spoken(asked):
            heard.append(one.cells)
            yield one
        more = asked.filter(~asked.is_in(pl.concat(heard).implode()))
        if len(silent) + len(more) <= _FEW and not (more.str.len_bytes() > _SHORT).any():
            copied = pl.Series(more.to_list(), dtype=pl.String)  # a part of a column may hold all of its batch
            self._silent[name] = pl.concat([silent, copied])


def _repeats(cells: pl.Series) -> bool:
    """Whether to ask each value once is less work, by the first of them."""
    first = cells.head(_PEEK)
    return 2 * first.n_unique() < len(first)


def spoken(distinct: pl.Series) -> Iterator[Spoken]:
    """By every path of readings that brings out something else than the cells themselves."""
    long = distinct.filter(distinct.str.len_chars() >= _LEAST)
    ends = [Spoken(long, long)]
    for _ in range(_DEPTH):
        ends = [further for end in ends for further in _further(end)]
        yield from ends


def _further(end: Spoken) -> Iterator[Spoken]:
    some = end.said.str.contains(_any_shape()).fill_null(value=False)
    if not some.any():
        return
    cells, said = end.cells.filter(some), end.said.filter(some)
    for reading in _LOOKED_THROUGH:
        shaped = said.str.contains(reading.telling)
        if shaped.any():
            yield from _read(Spoken(cells.filter(shaped), said.filter(shaped)), reading)


def _read(end: Spoken, reading: Reading) -> Iterator[Spoken]:
    said = read_by(end.said, reading)
    other = (said.is_not_null() & (said != end.said)).fill_null(value=False)
    if other.any():
        yield Spoken(end.cells.filter(other), said.filter(other))


@cache
def _any_shape() -> str:
    return "|".join(f"(?:{reading.telling})" for reading in _LOOKED_THROUGH)
