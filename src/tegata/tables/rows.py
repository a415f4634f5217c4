"""Rows that a reader gives one by one, as frames of bounded size, and their digest where there are no bytes to hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import polars as pl

from tegata.tables.source import frame_rows

MAX_CELL: Final = 16 << 20  # bytes, as of a record of text
FRAME_BYTES: Final = 32 << 20  # of a frame's cells, about: it may be over by one row

Row = Sequence[str | None]  # one cell per column; an empty one is None or ""


def framed(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[pl.DataFrame]:
    """Frames of text columns, no longer than `frame_rows` and no larger than FRAME_BYTES and a row. Where the rows
    break off, those before it come first."""
    most, held, size = frame_rows(len(columns)), list[Row](), 0
    try:
        for row in rows:
            held.append(row)
            size += sum(map(len, filter(None, row)))
            if len(held) == most or size > FRAME_BYTES:
                yield _frame(columns, held)
                held, size = [], 0
    except Exception:
        if held:
            yield _frame(columns, held)
        raise
    if held:
        yield _frame(columns, held)


def _frame(columns: Sequence[str], rows: Sequence[Row]) -> pl.DataFrame:
    cells = ([cell or None for cell in column] for column in zip(*rows, strict=True))
    return pl.DataFrame(dict(zip(columns, cells, strict=True)), schema=dict.fromkeys(columns, pl.String()))


class RowDigest:
    """Digest of a table that is no bytes of a file: of its names and of every row, each a line of JSON."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._hash = hashlib.sha256()
        self._take(columns)

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, each taken in when it is asked for."""
        for row in rows:
            self._take(row)
            yield row

    def _take(self, row: Row) -> None:
        self._hash.update(msgspec.json.encode(row))
        self._hash.update(b"\n")

    @property
    def digest(self) -> str:
        return "sha256:" + self._hash.hexdigest()
