"""What a release told, as keyed hashes: enough to measure later releases beside it, and nothing that can be read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.model.plan import Overlap
from tegata.protect.keyed import hashed
from tegata.protect.overlap import side_by_side
from tegata.protect.risk import COUNT, Classes

MOST_CELLS: Final = 2_000_000  # of combinations times columns: 16 MB
NOTHING: Final = b""  # a release that leaves no value with a meaning


class Trace:
    """Of one release, filled while it is made (`protect.others.Others`).

    Each value is a number under `key`, one domain for each column: without the key nothing can be searched through,
    with it values of different releases compare.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._told: pl.DataFrame | None = None
        self._groups: Sequence[str] = ()
        self.data: bytes | None = None  # to keep; None: it has too many combinations

    def classes(self, columns: Sequence[str]) -> Classes:
        """For counting the combinations of all that leaves with a meaning, in bounded memory."""
        return Classes(columns, most=max(1, MOST_CELLS // max(1, len(columns))))

    def take(self, told: Classes, alike: Classes) -> None:
        """The combinations of a whole release; where they are too many, those of its quasi-identifiers alone."""
        self._groups = [name for name in alike.columns if name in told.columns]
        counted = next((one for one in (_fitting(told), _fitting(alike, self._groups)) if one is not None), None)
        if counted is not None:
            self._told = counted.with_columns(hashed(self._key, n, counted[n]) for n in counted.columns if n != COUNT)
            self.data = _written(self._told)

    def beside(self, data: bytes | None, digest: str) -> Overlap:
        """What this release and an earlier one tell together, by what was kept of that."""
        if self._told is None or data is None:
            return Overlap(table=digest, digest=digest, columns=())
        earlier = pl.read_parquet(io.BytesIO(data)) if data else pl.DataFrame()
        if not (set(self._told.columns) & set(earlier.columns)) - {
            COUNT
        }:  # no value of one means anything in the other
            return Overlap(table=digest, digest=digest, columns=(), alike=0, added=0, gone=0, alone_in_both=0)
        return side_by_side(digest, digest, self._told, earlier, self._groups)


def _fitting(classes: Classes, columns: Sequence[str] | None = None) -> pl.DataFrame | None:
    """All combinations (in `columns`), when there is memory for them; none where nothing leaves with a meaning."""
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
