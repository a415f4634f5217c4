"""What a protected copy tells together with other tables: one with names that is public, and earlier releases.

Sources: K. El Emam and F. K. Dankar, JAMIA 15(5), 2008 (re-identification against an identification database); S. R.
Ganta et al., KDD 2008 (releases of the same people that are put together).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.plan import Linkage, Overlap
from tegata.protect.risk import COUNT, Classes
from tegata.tables import Source

_THERE, _NOW, _BEFORE = "\0there", "\0now", "\0before"


@dataclass(frozen=True)
class Others:
    """Tables that somebody may have beside the copy."""

    against: tuple[Source, ...] = ()  # with the values of people as they are
    earlier: tuple[Source, ...] = ()  # copies of the same data that have left


def linkage(source: Source, classes: pl.DataFrame, alike: Callable[[pl.DataFrame], pl.DataFrame]) -> Linkage:
    """Who has `source` and tries to find its people in the copy.

    `classes` are the combinations of quasi-identifiers that leave, with their COUNT; `alike` makes values as they are
    what the plan makes of them. The attacker takes any of the people who fit: right with a chance of at most one in
    as many as fit.

    Raises:
        InputError: the tables have no quasi-identifier in common.
    """
    quasi = [name for name in classes.columns if name != COUNT and name in source.columns]
    if not quasi:
        raise _nothing_in_common(source, classes.columns[:-1])
    sizes = classes.group_by(quasi).agg(pl.col(COUNT).sum())
    people = Classes(quasi)
    for frame in source.batches():
        # Only who fits a record counts, so there are never more combinations than the copy has.
        fitting = alike(frame.select(quasi)).join(sizes, on=quasi, how="semi", nulls_equal=True)
        people.add(fitting)
    counted = people.counted()
    if counted is None:
        return Linkage(table=source.path.name, digest=source.digest, columns=tuple(quasi), linked=0, certain=0)
    both = sizes.join(counted.rename({COUNT: _THERE}), on=quasi, nulls_equal=True)
    right = pl.min_horizontal(COUNT, _THERE) / pl.col(_THERE)  # of f records at most F belong to the F people who fit
    linked, certain, fewest, expected = both.select(
        pl.col(COUNT).sum(),
        ((pl.col(COUNT) == 1) & (pl.col(_THERE) == 1)).sum().alias(_NOW),
        pl.col(_THERE).min(),
        right.sum().alias(_BEFORE),
    ).row(0)
    return Linkage(
        table=source.path.name,
        digest=source.digest,
        columns=tuple(quasi),
        linked=linked,
        certain=certain,
        fewest_people=fewest,
        marketer_risk=expected / int(sizes[COUNT].sum()),
    )


def overlap(source: Source, told: pl.DataFrame | None, quasi: Sequence[str]) -> Overlap:
    """What an earlier release tells beside this one. `told` are the combinations of all that leaves with a meaning."""
    shared = [] if told is None else [n for n in told.columns if n != COUNT and n in source.columns]
    before = Classes(shared)
    for frame in source.batches():
        before.add(frame)
    counted = before.counted()
    columns = [] if told is None or counted is None else [n for n in shared if _have_values_in_common(told, counted, n)]
    if told is None or counted is None or not columns:
        return Overlap(table=source.path.name, digest=source.digest, columns=())
    pairs = _side_by_side(told, counted, columns)
    groups = [name for name in columns if name in quasi]
    return Overlap(
        table=source.path.name,
        digest=source.digest,
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


def _side_by_side(told: pl.DataFrame, earlier: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
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


def words(linkages: Sequence[Linkage], overlaps: Sequence[Overlap]) -> Iterator[Text]:
    yield from map(_linkage_words, linkages)
    yield from map(_overlap_words, overlaps)


def _linkage_words(found: Linkage) -> Text:
    name, over = found.table, ", ".join(found.columns)
    if not found.linked:
        return t(f"nobody in `{name}` fits a record over {over}", f"`{name}` には、{over} が一致する人がいません")
    return t(
        f"who has `{name}` links over {over}: {found.certain:,} records fit one person only; any linked record fits "
        f"{found.fewest_people:,} or more (a chance of at most 1 in {found.fewest_people:,}); over all records a link "
        f"is right in {found.marketer_risk:.2%} at most",
        f"`{name}` を持つ者は {over} で突合できます。1 人だけに一致するレコードは {found.certain:,} 件、"
        f"突合できるレコードは {found.fewest_people:,} 人以上に一致します（的中率は最大 1/{found.fewest_people:,}）。"
        f"全レコードの平均的中率は最大 {found.marketer_risk:.2%} です",
    )


def _overlap_words(found: Overlap) -> Text:
    name = found.table
    if found.alike is None:
        return t(
            f"beside the earlier release `{name}` nothing could be compared",
            f"以前の提供データ `{name}` とは比較できませんでした",
        )
    en = f"beside the earlier `{name}`: {found.alike:,} records in both, {found.added:,} new, {found.gone:,} gone"
    ja = f"以前の提供データ `{name}` と共通 {found.alike:,} 件、追加 {found.added:,} 件、消失 {found.gone:,} 件"
    if found.smallest_change is not None:
        en += f"; who knows that a person came or went finds the record among as few as {found.smallest_change:,}"
        ja += f"。人の増減を知る者は、該当レコードを最少 {found.smallest_change:,} 件まで絞れます"
    if found.alone_in_both:
        en += f"; {found.alone_in_both:,} records are alone in both, so what the two tell of them can be put together"
        ja += f"。両方で単独の {found.alone_in_both:,} 件は、双方の内容を突き合わせられます"
    return t(en, ja)


def _nothing_in_common(source: Source, quasi: Sequence[str]) -> InputError:
    listed = ", ".join(f"`{name}`" for name in quasi)
    return InputError(
        t(f"`{source.path}` cannot be linked with the copy", f"`{source.path}` は写しと突合できません"),
        why=t(
            f"it has none of the columns {listed}; nothing was written",
            f"列 {listed} のいずれもありません。何も書き込んでいません",
        ),
        hint=t("give its columns the same names", "列名を揃えてください"),
    )
