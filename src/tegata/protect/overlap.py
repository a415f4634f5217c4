"""What two releases of the same data tell together: their difference and their intersection.

Source: S. R. Ganta et al., KDD 2008 (releases of the same people that are put together).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tegata.model.plan import Overlap
from tegata.protect.risk import COUNT, Classes
from tegata.tables import Source

_NOW, _BEFORE = "\0now", "\0before"


def overlap(source: Source, told: pl.DataFrame | None, quasi: Sequence[str]) -> Overlap:
    """What an earlier release tells beside this one. `told` are the combinations of all that leaves with a meaning."""
    shared = [] if told is None else [n for n in told.columns if n != COUNT and n in source.columns]
    before = Classes(shared)
    for frame in source.batches():
        before.add(frame)
    counted = before.counted()
    if told is None or counted is None:
        return Overlap(table=source.path.name, digest=source.digest, columns=())
    return side_by_side(source.path.name, source.digest, told, counted, quasi)


def side_by_side(name: str, digest: str, told: pl.DataFrame, earlier: pl.DataFrame, quasi: Sequence[str]) -> Overlap:
    """The figures for two releases by their combinations, each with its COUNT; only equality of values matters."""
    shared = [n for n in told.columns if n != COUNT and n in earlier.columns]
    columns = [n for n in shared if _have_values_in_common(told, earlier, n)]
    if not columns:
        return Overlap(table=name, digest=digest, columns=())
    pairs = _paired(told, earlier, columns)
    groups = [n for n in columns if n in quasi]
    return Overlap(
        table=name,
        digest=digest,
        columns=tuple(columns),
        alike=int(pairs.select(pl.min_horizontal(_NOW, _BEFORE).sum()).item()),
        added=int(pairs.select((pl.col(_NOW) - pl.col(_BEFORE)).clip(0).sum()).item()),
        gone=int(pairs.select((pl.col(_BEFORE) - pl.col(_NOW)).clip(0).sum()).item()),
        smallest_change=_smallest_change(pairs, groups),
        alone_in_both=_alone_in_both(pairs, groups),
    )


def _have_values_in_common(told: pl.DataFrame, earlier: pl.DataFrame, column: str) -> bool:
    """Of a column that was made coarser in another way nothing can be compared."""
    return bool(told[column].is_in(earlier[column].unique().drop_nulls().implode()).any())


def _paired(told: pl.DataFrame, earlier: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Each combination with its number of records now and before."""
    now, before = (
        frame.group_by(columns).agg(pl.col(COUNT).sum().cast(pl.Int64).alias(name))
        for frame, name in ((told, _NOW), (earlier, _BEFORE))
    )
    joined = now.join(before, on=columns, how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(pl.col(_NOW, _BEFORE).fill_null(0))


def _smallest_change(pairs: pl.DataFrame, groups: list[str]) -> int | None:
    """The fewest records by which a group of records alike grew, or shrank: among them is who came, or went."""
    change = pl.col(_NOW) - pl.col(_BEFORE)
    sums = (change.clip(0).sum().alias(_NOW), (-change).clip(0).sum().alias(_BEFORE))
    changes = pairs.group_by(groups).agg(*sums) if groups else pairs.select(*sums)
    sizes = pl.concat([changes[_NOW], changes[_BEFORE]])
    smallest = sizes.filter(sizes > 0).min()
    return None if smallest is None else int(smallest)  # type: ignore[arg-type]


def _alone_in_both(pairs: pl.DataFrame, groups: list[str]) -> int:
    if not groups:
        return 0
    sizes = pairs.group_by(groups).agg(pl.col(_NOW, _BEFORE).sum())
    return int(((sizes[_NOW] == 1) & (sizes[_BEFORE] == 1)).sum())
