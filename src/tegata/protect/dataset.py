"""From obligations to plans for a data set of several tables: one for each part that may leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tegata.model.base import t
from tegata.model.decision import Condition
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.profile import OPAQUE, Profile, SourceFormat
from tegata.model.step import Encrypt, EncryptFpe, Pseudonymise, Step, Tokenise
from tegata.protect.compile import plan_for, statistics_of
from tegata.protect.plan import leaves_nothing, no_column


def plans_for(conditions: Sequence[Condition], profile: Profile) -> dict[str, ProtectionPlan]:
    """The plan of every part that may leave, by its name; of what is a single table or file, its own.

    A table is protected as by `plan_for`. What is no table leaves where its publisher has said what it holds and
    nothing has to be done to any part; everything else that was not read stays. Under one key, equal values of one kind
    have equal pseudonyms in all tables.

    A cap on people counts them over all tables. Statistics are of the one table that has the columns; nothing of the
    others leaves.

    Raises:
        InputError: as of `plan_for`; statistics that are of no one table, or nothing that may leave.
    """
    if not profile.several:
        plan = plan_for(conditions, profile)
        if leaves_nothing(plan):
            raise no_column()
        return {profile.name: plan}
    _refuse_unknown_columns(conditions, profile)
    if (counted := _counted(conditions, profile)) is not None:
        return {counted.name: _plan_of(counted, conditions)}
    made = {table.name: _plan_of(table, conditions) for table in profile.tables}
    plans = {name: plan for name, plan in made.items() if not leaves_nothing(plan)}
    refuse_joined(plans)
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


def _plan_of(table: Profile, conditions: Sequence[Condition]) -> ProtectionPlan:
    """A cap counts the people of all tables together: those of one kind of key are the same in each. A table without
    people has none to count."""
    asked = [one for one in _restricted(conditions, table) if one.verb != "cap_subjects" or table.subjects]
    plan = plan_for(asked, table)
    kinds = [column.recogniser for column in table.columns if column.name in plan.subject_key]
    return msgspec.structs.replace(plan, subject_kind=",".join(kinds) if all(kinds) else "")


def _counted(conditions: Sequence[Condition], profile: Profile) -> Profile | None:
    """The one table that a condition on statistics can be about. No record of the others leaves.

    Raises:
        InputError: there is none with all columns that are counted, or more than one.
    """
    asked = statistics_of(conditions)
    if asked is None:
        return None
    named = {*(one.column for one in (*asked.count_by, *asked.figures)), *asked.person}
    meant = [table for table in profile.tables if named.issubset(column.name for column in table.columns)]
    if len(meant) != 1:
        names = ", ".join(f"`{name}`" for name in sorted(named))
        raise InputError(
            t("the condition `statistics` cannot be carried out", "条件 `statistics` を実行できません"),
            why=t(f"{len(meant)} tables have {names}; one must", f"{names} のある表が {len(meant)} 個あります"),
            hint=t("join what is to be counted into one table", "集計する列を 1 つの表にまとめてください"),
        )
    return meant[0]


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


def refuse_joined(plans: Mapping[str, ProtectionPlan]) -> None:
    """k-anonymity of a table is worth nothing beside another that tells more of the same people under the same
    pseudonym or ciphertext.

    Raises:
        InputError: naming both tables and the column.
    """
    linking = {
        name: {_domain(step): step.column for step in plan.steps if _domain(step)} for name, plan in plans.items()
    }
    for name, plan in plans.items():
        for other, kinds in linking.items() if plan.anonymity is not None else ():
            for kind in () if other == name else linking[name].keys() & kinds.keys():
                column = linking[name][kind]
                raise InputError(
                    t(f"k-anonymity of `{name}` would not hold", f"`{name}` の k-匿名性が成り立ちません"),
                    why=t(
                        f"`{column}` joins its records with those of `{other}`",
                        f"`{column}` により `{other}` のレコードと結合できます",
                    ),
                    hint=t(
                        f"drop `{column}` in one of them, or release them apart under two keys",
                        f"どちらかで `{column}` を削除するか、別の鍵で別々に提供してください",
                    ),
                )


def _domain(step: Step) -> str:
    """What a column's values are joined by, "" where they are not."""
    match step:
        case Pseudonymise(column=column, domain=domain) | EncryptFpe(column=column, domain=domain):
            return domain or column
        case Tokenise(column=column, domain=domain) | Encrypt(deterministic=True, column=column, domain=domain):
            return domain or column
    return ""
