"""Text in a form in which the same value is the same text: written alike, small letters, no separators.

Whole columns are one text of bytes, which is translated at once: a third of the time that it takes cell by cell. What
stands in it nowhere, for want of room or of a first byte, is told without cutting it into cells again.
"""

from __future__ import annotations

import io
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from tegata.scan.normalise import normalise

EDGE: Final = "\1"  # of a cell in its record
_END: Final = "\0"  # of a cell or record, where many are one text
_AT: Final = b"@"
_MARKS: Final = f"[{_END}{EDGE}]"
_SEPARATORS: Final = b" \t\r\n\v\f-./_()+"
_SMALL: Final = bytes(range(256)).lower()  # of ASCII alone: bytes of other letters are no letters
_CASED: Final = bytes([*range(0xC3, 0xD6), 0xE1, 0xE2, 0xEA, 0xEF, 0xF0])
"""First bytes of UTF-8 with which letters begin that have a small form, beyond ASCII. Kana and ideographs have none."""

Places: TypeAlias = npt.NDArray[np.intp]


class Folded:
    """A column; null stays null.

    `text`: all cells, one after the other.
    """

    def __init__(self, cells: pl.Series) -> None:
        whole = _joined(cells)
        if _marks(whole) >= max(1, len(cells)):
            cells = cells.str.replace_all(_MARKS, "")
            whole = _joined(cells)
        if not whole.isascii():
            cells = normalise(cells.to_frame()).to_series()
            whole = _joined(cells)
        if _has_capitals(whole):
            cells = cells.str.to_lowercase()
            whole = _joined(cells)
        self._cells = cells
        self.text = whole.translate(_SMALL, _SEPARATORS + EDGE.encode())
        self._changed = self.text != whole

    @cached_property
    def column(self) -> pl.Series:
        if not self._changed:
            return self._cells
        made = _cut(self.text).alias(self._cells.name)
        return made.zip_with(self._cells.is_not_null(), self._cells) if self._cells.null_count() else made

    def may_stand(self, records: Records, room: int, least: int) -> bool:
        """Whether a value of `least` bytes or more may be part of a text of `records` that has room for so many bytes:
        one that is not longer, and begins with a byte that stands there."""
        starts, lengths = self._places
        counted = (lengths >= least) & (lengths <= room)
        return bool(counted.any()) and records.has_any(_distinct(_bytes(self.text)[starts[counted]]))

    @cached_property
    def _places(self) -> tuple[Places, Places]:
        """Where each cell begins, and how many bytes it has."""
        ends = np.append(np.flatnonzero(_bytes(self.text) == 0), len(self.text))
        starts = np.append(0, ends[:-1] + 1)
        return starts, ends - starts


class Values:
    """Columns that are looked for in others. None is folded before it has to be."""

    def __init__(self, columns: pl.DataFrame) -> None:
        self._columns = columns
        self._folded: dict[str, Folded] = {}

    def may_stand(self, records: Records, room: int, least: int) -> list[str]:
        """Those of which a value may stand there (`Folded.may_stand`)."""
        if room < least:
            return []
        some = self._columns.columns if _AT in records.text else self._without_addresses
        return [name for name in some if self._fold(name).may_stand(records, room, least)]

    def within(self, records: Records, room: int, least: int) -> pl.DataFrame:
        """These, folded."""
        return pl.DataFrame([self._fold(name).column for name in self.may_stand(records, room, least)])

    def _fold(self, name: str) -> Folded:
        if name not in self._folded:
            self._folded[name] = Folded(self._columns[name])
        return self._folded[name]

    @cached_property
    def _without_addresses(self) -> list[str]:
        """Columns of which not every value has an `@`."""
        return [one.name for one in self._columns.get_columns() if not _all_have(one, _AT.decode())]


class Records:
    """All cells of each record as one text, with an edge before and behind each cell.

    `cells`: written alike already. `text`: of all records, one after the other. `longest_cell`, `longest`: bytes that a
    cell, and a record without edges, may have.
    """

    def __init__(self, cells: pl.DataFrame) -> None:
        whole = _side_by_side(cells)
        if _marks(whole) >= max(1, cells.height * (cells.width + 2)):
            cells = cells.with_columns(pl.all().str.replace_all(_MARKS, ""))
            whole = _side_by_side(cells)
        if _has_capitals(whole):
            whole = _side_by_side(cells.with_columns(pl.all().str.to_lowercase()))
        self.cells = cells
        self.text = whole.translate(_SMALL, _SEPARATORS)
        sizes = longest(cells).values()
        self.longest_cell, self.longest = _grown(max(sizes), whole), _grown(sum(sizes), whole)

    def has_any(self, letters: bytes) -> bool:
        """Whether any of these bytes stands there."""
        return any(letter in self.text for letter in letters)

    @cached_property
    def column(self) -> pl.Series:
        return _cut(self.text)


def folded(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(Folded(column).column for column in cells.get_columns())


def is_ascii(cells: pl.DataFrame) -> bool:
    """What is, is written alike."""
    return all(one.str.len_bytes().sum() == one.str.len_chars().sum() for one in cells.get_columns())


def longest(cells: pl.DataFrame) -> dict[str, int]:
    """Bytes of the longest text of each column."""
    return cells.select(pl.all().str.len_bytes().max().fill_null(0)).row(0, named=True) if cells.width else {}


def _grown(size: int, text: bytes) -> int:
    """Beyond ASCII a small letter takes up to half as many bytes more than its capital."""
    return size if text.isascii() else size + size // 2


def _has_capitals(text: bytes) -> bool:
    """Beyond ASCII."""
    return not text.isascii() and len(text.translate(None, _CASED)) < len(text)


def _joined(cells: pl.Series) -> bytes:
    whole: bytes = cells.fill_null("").str.join(_END).cast(pl.Binary).item()
    return whole


def _side_by_side(cells: pl.DataFrame) -> bytes:
    """By the engine's writer, which is the fastest way there is to put cells of a record together."""
    buffer = io.BytesIO()
    ended = EDGE + _END + EDGE
    cells.write_csv(buffer, include_header=False, quote_style="never", separator=EDGE, line_terminator=ended)
    return EDGE.encode() + buffer.getvalue()[: -len(_END + EDGE)] if cells.height else b""


def _all_have(cells: pl.Series, sign: str) -> bool:
    """The first tells it of nearly all columns where it is not so."""
    return all(bool(some.str.contains(sign, literal=True).all()) for some in (cells.head(1), cells))


def _cut(text: bytes) -> pl.Series:
    return pl.select(pl.lit(pl.Series([text]).cast(pl.String)).str.split(_END).explode()).to_series()


def _marks(text: bytes) -> int:
    """How many there are. Counting them with `bytes.count` takes six times as long."""
    return int(np.count_nonzero(_bytes(text) <= ord(EDGE)))


def _distinct(data: npt.NDArray[np.uint8]) -> bytes:
    return bytes(np.flatnonzero(np.bincount(data, minlength=256)).tolist())


def _bytes(text: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text, np.uint8)
