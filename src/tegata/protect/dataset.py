"""From obligations to plans for a data set of several tables: one for each part that may leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tegata.model.base import t
from tegata.model.decision import Condition
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.profile import OPAQUE, Profile, SourceFormat
from tegata.protect.compile import plan_for

_OVER_ALL: Final = ("cap_subjects", "statistics")
"""What counts over all tables at once: table by table it would let more leave than is meant."""


def plans_for(conditions: Sequence[Condition], profile: Profile) -> dict[str, ProtectionPlan]:
    """The plan of every part that may leave, by its name; of what is a single table or file, its own.

    A table is protected as by `plan_for`. What is no table leaves where its publisher has said what it holds and
    nothing has to be done to any part; everything else that was not read stays. Under one key, equal values of one kind
    have equal pseudonyms in all tables.

    Raises:
        InputError: as of `plan_for`; a condition that counts over all tables, or nothing that may leave.
    """
    if not profile.several:
        return {profile.name: plan_for(conditions, profile)}
    _refuse_over_all(conditions)
    _refuse_unknown_columns(conditions, profile)
    plans = {table.name: plan_for(_restricted(conditions, table), table) for table in profile.tables}
    for part in profile.unread:
        opaque = msgspec.structs.replace(
            profile, source_format=SourceFormat(format=OPAQUE), tables=(), unread=(part,), subjects=()
        )
        try:
            plans |= {part.name: plan_for(conditions, opaque)} if part.digest else {}
        except InputError:
            if not profile.tables:
                raise
    if not plans:
        raise InputError(
            t("no part of this data set may leave", "このデータ集合で提供できる部分がありません"),
            why=profile.unread[0].why if profile.unread else "",
        )
    return plans


def _refuse_over_all(conditions: Sequence[Condition]) -> None:
    for condition in conditions:
        if condition.verb in _OVER_ALL:
            raise InputError(
                t(
                    f"the condition `{condition.verb}` cannot be carried out on several tables",
                    f"条件 `{condition.verb}` は複数の表には実行できません",
                ),
                hint=t("publish its tables one by one", "表を 1 つずつ公開してください"),
            )


def _refuse_unknown_columns(conditions: Sequence[Condition], profile: Profile) -> None:
    known = {column.name for column in profile.every_column}
    for condition in conditions:
        for name in _named(condition):
            if name not in known:
                raise InputError(
                    t(
                        f"the condition `{condition.verb}` cannot be carried out",
                        f"条件 `{condition.verb}` を実行できません",
                    ),
                    why=t(f"no table has a column `{name}`", f"列 `{name}` のある表がありません"),
                )


def _restricted(conditions: Sequence[Condition], table: Profile) -> list[Condition]:
    """Conditions that name columns, to those that this table has."""
    known = {column.name for column in table.columns}
    return [
        msgspec.structs.replace(one, params={**one.params, "columns": [n for n in _named(one) if n in known]})
        if _named(one)
        else one
        for one in conditions
    ]


def _named(condition: Condition) -> list[str]:
    named = condition.params.get("columns")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list | tuple) else []
