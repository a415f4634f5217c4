"""What changed from one version of a table to the next, row by row: what a change data feed tells.

Both are protected releases of the agreement, so the changes tell no more than both of them do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tegata.doors.columns import columns_of, texts
from tegata.doors.forms import write_parquet
from tegata.model.errors import ProtocolError
from tegata.store.renditions import Column

if TYPE_CHECKING:
    import polars as pl

CHANGE: Final = "_change_type"
_RESERVED: Final = (CHANGE, "_commit_version", "_commit_timestamp")
_MOST: Final = 256 << 20
"""So many bytes of both versions are compared: they are held in memory."""


def write_changes(before: Path, after: Path, out: Path) -> tuple[Column, ...]:
    """Write the changes in Parquet, in the columns of both and one that says what each row is: insert, delete,
    update_preimage or update_postimage. Takes its time.

    Raises:
        ProtocolError: the versions cannot be compared row by row.
    """
    import polars as pl

    columns = _alike(before, after)
    if before.stat().st_size + after.stat().st_size > _MOST:
        raise _none("the versions are too large to be compared")
    old, new = (_numbered(path) for path in (before, after))
    key = _key(old, new)
    both = old.join(new, on=key, how="inner", suffix="+")
    cells = [name for name in old.columns if name != key]
    other = [pl.col(name).ne_missing(pl.col(f"{name}+")) for name in cells]
    updated = both.filter(pl.any_horizontal(other)).select(key) if other else both.clear().select(key)
    parts = {
        "delete": old.join(new, on=key, how="anti"),
        "insert": new.join(old, on=key, how="anti"),
        "update_preimage": old.join(updated, on=key, how="semi"),
        "update_postimage": new.join(updated, on=key, how="semi"),
    }
    found = pl.concat([rows.with_columns(pl.lit(kind).alias(CHANGE)) for kind, rows in parts.items()])
    typed = (*columns, Column(name=CHANGE, type="string"))
    names = {f"c{number}": column.name for number, column in enumerate(columns)}
    write_parquet(found.sort(key, CHANGE, maintain_order=True).rename(names).lazy(), out, typed)
    return typed


def _numbered(path: Path) -> pl.DataFrame:
    """A table with plain names of columns: its own may be anything."""
    import polars as pl

    table = texts(path)
    width = len(table.collect_schema())
    return table.select(pl.nth(number).alias(f"c{number}") for number in range(width)).collect()


def _key(old: pl.DataFrame, new: pl.DataFrame) -> str:
    """The first column by which each row of either version is told from all others."""
    for name in old.columns:
        if all(not table[name].has_nulls() and table[name].n_unique() == table.height for table in (old, new)):
            return name
    raise _none("no column tells the rows of both versions apart")


def _alike(before: Path, after: Path) -> Sequence[Column]:
    old, new = columns_of(before), columns_of(after)
    if [(one.name, one.type) for one in old] != [(one.name, one.type) for one in new]:
        raise _none("its columns are others than before")
    if any(one.name in _RESERVED for one in new):
        raise _none("a column of it is called as the feed calls its own")
    return new


def _none(why: str) -> ProtocolError:
    return ProtocolError("there is no change data feed of this version", why=why, hint="load both versions instead")
