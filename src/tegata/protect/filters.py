"""Record filters in words, and whether they mean something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from tegata.model.base import Text, t
from tegata.model.decision import Condition
from tegata.model.plan import ProtectionPlan
from tegata.model.profile import Profile
from tegata.model.rows import Among, DateRange, Empty, KeepRows, NumberRange, Predicate, RowFilter
from tegata.protect.selection import by_itself, own_params, selected, unusable
from tegata.tables.collection import listed

ROW_VERBS: Final = frozenset({"keep_rows", "drop_rows"})


def fault(plan: ProtectionPlan) -> Text | None:
    """What is wrong with the plan's filters, whatever table it is for."""
    for one in plan.rows:
        if said := _fault(one.where):
            return t(f"`{one.column}`: {said.en}", f"`{one.column}`: {said.ja}")
    return None


def _fault(predicate: Predicate) -> Text | None:
    match predicate:
        case Among(values=values) if not values or not all(value.strip() for value in values):
            return t("`values` lists no text, or an empty one", "`values` が空か、空の値を含みます")
        case NumberRange(low=low, high=high):
            return _limits([limit for limit in (low, high) if limit is not None])
        case DateRange(low=low, high=high):
            return _limits([limit.toordinal() for limit in (low, high) if limit is not None])
    return None


def _limits(given: Sequence[float]) -> Text | None:
    if not given or not all(map(math.isfinite, given)):
        return t("it needs `low`, `high` or both", "`low` か `high`（または両方）が必要です")
    if given[0] > given[-1]:
        return t("`low` is above `high`", "`low` が `high` より大きくなっています")
    return None


def filters_for(conditions: Sequence[Condition], profile: Profile) -> tuple[RowFilter, ...]:
    """Those that ask for the same are one. InputError: no column tells which records are meant."""
    found: dict[RowFilter, list[str]] = {}
    for condition in conditions:
        for one in _filters_of(condition, profile) if condition.verb in ROW_VERBS else ():
            found.setdefault(one, []).append(condition.rule)
    return tuple(
        msgspec.structs.replace(one, because=", ".join(dict.fromkeys(filter(None, rules))))
        for one, rules in found.items()
    )


def _filters_of(condition: Condition, profile: Profile) -> list[RowFilter]:
    own = own_params(condition, frozenset({"where"}))
    names = [column.name for column in selected(condition, profile) if by_itself(condition, column)]
    if not names:
        raise unusable(condition, "no column tells which records are meant", "対象のレコードを判断できる列がありません")
    try:
        return [msgspec.convert({"op": condition.verb, "column": name, **own}, RowFilter) for name in names]
    except msgspec.ValidationError as error:
        raise unusable(condition, str(error), str(error)) from None


def filter_words(one: RowFilter) -> Text:
    """What is known of every record that leaves, and of those that do not."""
    name, said = one.column, predicate_words(one.where)
    if isinstance(one, KeepRows):
        return t(
            f"of each record that leaves it is known that `{name}` is {said.en}, even where the column does not leave; "
            "all other records stay",
            f"出るレコードはどれも `{name}` が{said.ja}と分かります（列自体が出なくても）。ほかのレコードは出ません",
        )
    unsure = isinstance(one.where, NumberRange | DateRange)
    rest = t(", or cannot be told,", "もの、判断できないもの") if unsure else t("", "もの")
    return t(
        f"records whose `{name}` is {said.en}{rest.en} stay: of each record that leaves it is known not to be so, even "
        "where the column does not leave",
        f"`{name}` が{said.ja}{rest.ja}は出ません。出るレコードはどれもそうでないと分かります（列自体が出なくても）",
    )


def predicate_words(predicate: Predicate) -> Text:
    match predicate:
        case Among(values=values):
            shown = listed(values)
            return t(f"one of {shown.en}", f" {shown.ja} のいずれか")
        case Empty():
            return t("empty", "空")
        case NumberRange(low=low, high=high):
            return _range_words(*(None if limit is None else f"{limit:.15g}" for limit in (low, high)))
        case DateRange(low=low, high=high):
            return _range_words(*(None if limit is None else limit.isoformat() for limit in (low, high)))


def _range_words(low: str | None, high: str | None) -> Text:
    if low is None:
        return t(f"at most {high}", f" {high} 以下")
    if high is None:
        return t(f"at least {low}", f" {low} 以上")
    return t(f"from {low} to {high}", f" {low} から {high} まで")
