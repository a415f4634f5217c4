"""What a release told, as keyed hashes: enough to measure later releases beside it, and nothing that can be read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.protect.kept import NOTHING, Kept
from tegata.protect.keyed import hashed
from tegata.protect.risk import COUNT, Classes

MOST_CELLS: Final = 2_000_000  # of combinations times columns: 16 MB


class Trace:
    """Of one release, filled while it is made (`protect.others.Others`).

    Each value is a number under `key`, one domain for each column: without the key nothing can be searched through,
    with it values of different releases compare.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.kept = Kept()

    def classes(self, columns: Sequence[str]) -> Classes:
        """For counting the combinations of all that leaves with a meaning, in bounded memory."""
        return Classes(columns, most=max(1, MOST_CELLS // max(1, len(columns))))

    def take(self, told: Classes, alike: Classes) -> None:
        """The combinations of a whole release; where they are too many, those of its quasi-identifiers alone."""
        groups = tuple(name for name in alike.columns if name in told.columns)
        counted = next((one for one in (_fitting(told), _fitting(alike, groups)) if one is not None), None)
        if counted is not None:
            self.kept = Kept(_written(self._hashed(counted)), groups)

    def _hashed(self, counted: pl.DataFrame) -> pl.DataFrame:
        return counted.with_columns(hashed(self._key, n, counted[n]) for n in counted.columns if n != COUNT)


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
