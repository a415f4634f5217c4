"""What a release told, as keyed hashes: enough to measure later releases beside it, and nothing that can be read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.protect.aes import derived_key
from tegata.protect.kept import NOTHING, Kept
from tegata.protect.keyed import hashed
from tegata.protect.risk import COUNT, Classes

MOST_CELLS: Final = 2_000_000  # of combinations times columns: 16 MB
_ROW: Final = ("\0row", "\0row again")  # names that no column of a table has
_AT: Final = "\0at"


class Trace:
    """Of one release, filled while it is made (`protect.others.Others`).

    Each value is a number under `key`, one domain for each column: without the key nothing can be searched through,
    with it values of different releases compare.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._told = _Told(key, ())
        self.kept = Kept()

    def begin(self, columns: Sequence[str]) -> None:
        """A release is made, of which these columns leave with a meaning."""
        self._told = _Told(self._key, columns)

    def add(self, frame: pl.DataFrame) -> None:
        """What leaves of some records."""
        self._told.add(frame)

    def take(self, alike: Classes) -> None:
        """The combinations of a whole release; where they are too many, those of its quasi-identifiers alone."""
        groups = tuple(name for name in alike.columns if name in self._told.columns)
        told = self._told.counted()
        if told is None and (counted := _fitting(alike, groups)) is not None:
            told = _hashed(self._key, counted)
        if told is not None:
            self.kept = Kept(_written(told), groups)


class _Told:
    """Combinations of values, counted in bounded memory: each is kept as keyed hashes from its first record on, and
    known again by 128 bits of hashes of the whole."""

    def __init__(self, key: bytes, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._key = key
        self._seeds = [int.from_bytes(derived_key(key, b"tegata-row/1\0")[at : at + 8]) for at in (0, 8)]
        self._most = max(1, MOST_CELLS // max(1, len(self.columns)))
        self._counts = pl.DataFrame(schema=dict.fromkeys((*_ROW, COUNT), pl.UInt64))
        self._rows: list[pl.DataFrame] = []
        self._too_many = False

    def add(self, frame: pl.DataFrame) -> None:
        if not self.columns or self._too_many or not frame.height:
            return
        told = frame.select(self.columns)
        rows = pl.DataFrame({name: told.hash_rows(seed) for name, seed in zip(_ROW, self._seeds, strict=True)})
        first, count = pl.col(_AT).first(), pl.len().cast(pl.UInt64).alias(COUNT)
        here = rows.with_row_index(_AT).group_by(_ROW, maintain_order=True).agg(first, count)
        new = here.join(self._counts, on=_ROW, how="anti", maintain_order="left")
        both = pl.concat([self._counts, here.drop(_AT)])
        self._counts = both.group_by(_ROW, maintain_order=True).agg(pl.col(COUNT).sum())
        self._too_many = self._counts.height > self._most
        if self._too_many:
            self._rows, self._counts = [], self._counts.clear()
        elif new.height:
            self._rows.append(_hashed(self._key, told[new.get_column(_AT)]))

    def counted(self) -> pl.DataFrame | None:
        """Each combination with its number of records in COUNT; None where they are too many."""
        if self._too_many:
            return None
        return pl.concat(self._rows).with_columns(self._counts.get_column(COUNT)) if self._rows else pl.DataFrame()


def _hashed(key: bytes, told: pl.DataFrame) -> pl.DataFrame:
    return told.with_columns(hashed(key, name, told[name]) for name in told.columns if name != COUNT)


def _fitting(classes: Classes, columns: Sequence[str]) -> pl.DataFrame | None:
    """All combinations in `columns`, when there is memory for them; none where nothing leaves with a meaning."""
    counted = classes.counted(columns)
    if counted is None:
        return None if classes.too_many else pl.DataFrame()
    return counted if counted.height * (counted.width - 1) <= MOST_CELLS else None


def _written(told: pl.DataFrame) -> bytes:
    if told.is_empty():
        return NOTHING
    out = io.BytesIO()
    told.write_parquet(out, compression="zstd")
    return out.getvalue()
