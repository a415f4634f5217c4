"""What a protected copy tells to who has a table of people with their values as they are.

Source: K. El Emam and F. K. Dankar, JAMIA 15(5), 2008 (re-identification against an identification database).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.plan import Linkage
from tegata.protect.risk import COUNT, Classes
from tegata.tables import Source

Alike = Callable[[pl.DataFrame, Sequence[str]], pl.DataFrame]
_THERE, _CERTAIN, _RIGHT = "\0there", "\0certain", "\0right"


def linkage(source: Source, classes: pl.DataFrame, alike: Alike) -> Linkage:
    """Who has `source` and tries to find its people in the copy.

    `classes` are the combinations of quasi-identifiers that leave, with their COUNT; `alike` makes values as they are
    what the plan makes of them, in some columns, of the people whose records it lets out. The attacker takes any of the
    people who fit: right with a chance of at most one in as many as fit.

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
        fitting = alike(frame, quasi).join(sizes, on=quasi, how="semi", nulls_equal=True)
        people.add(fitting)
    counted = people.counted()
    if counted is None:
        return Linkage(table=source.path.name, digest=source.digest, columns=tuple(quasi), linked=0, certain=0)
    both = sizes.join(counted.rename({COUNT: _THERE}), on=quasi, nulls_equal=True)
    right = pl.min_horizontal(COUNT, _THERE) / pl.col(_THERE)  # of f records at most F belong to the F people who fit
    linked, certain, fewest, expected = both.select(
        pl.col(COUNT).sum(),
        ((pl.col(COUNT) == 1) & (pl.col(_THERE) == 1)).sum().alias(_CERTAIN),
        pl.col(_THERE).min(),
        right.sum().alias(_RIGHT),
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


def linkage_words(found: Linkage) -> Text:
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
