"""What is kept of a release: what it told, as keyed hashes. The columnar engine is loaded when two are compared."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tegata.model.plan import Overlap

if TYPE_CHECKING:
    import polars as pl

NOTHING: Final = b""  # of a release that leaves no value with a meaning


@dataclass(frozen=True)
class Kept:
    """Of one release (`protect.trace.Trace` makes it). `groups`: its quasi-identifiers."""

    data: bytes | None = None  # None: it has too many combinations
    groups: tuple[str, ...] = ()

    def beside(self, data: bytes | None, digest: str) -> Overlap:
        """What this release and an earlier one tell together, by what was kept of that."""
        from tegata.protect.overlap import side_by_side
        from tegata.protect.risk import COUNT

        if self._told is None or data is None:
            return Overlap(table=digest, digest=digest, columns=())
        earlier = _read(data)
        if not (set(self._told.columns) & set(earlier.columns)) - {COUNT}:
            # no value of one means anything in the other
            return Overlap(table=digest, digest=digest, columns=(), alike=0, added=0, gone=0, alone_in_both=0)
        return side_by_side(digest, digest, self._told, earlier, self.groups)

    @cached_property
    def _told(self) -> pl.DataFrame | None:
        return None if self.data is None else _read(self.data)


def _read(data: bytes) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(io.BytesIO(data)) if data else pl.DataFrame()
