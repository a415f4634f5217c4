"""Who the people of a table are to conditions that count them, or give each a shift of their own."""

from __future__ import annotations

from typing import Any

from tegata.model.categories import under
from tegata.model.decision import Condition
from tegata.model.profile import Profile, SubjectCount
from tegata.protect.selection import own_params, selector, unusable


def subject_of(named: tuple[str, ...], profile: Profile) -> dict[str, Any]:
    """By what subjects are told apart, () where nothing does. Those of one kind have one shift in all tables, as
    pseudonyms of a kind join."""
    found = {key for count in profile.subjects if (key := _key(count, profile))}
    key = named or (found.pop() if len(found) == 1 else ())
    kinds = [column.recogniser for column in profile.columns if column.name in key]
    return {"subject": key, "domain": ",".join(kinds) if all(kinds) else ""}


def cap_of(condition: Condition, profile: Profile) -> tuple[int, tuple[str, ...]]:
    """The cap and the columns that tell subjects apart: (), each record one, unless all counts agree on columns."""
    most = own_params(condition, frozenset({"max"})).get("max")
    if not isinstance(most, int) or isinstance(most, bool):
        raise unusable(condition, "`max` is not a whole number", "`max` が整数ではありません")
    if columns := selector(condition, "columns"):
        return most, columns
    categories = selector(condition, "categories")
    counts = [count for count in profile.subjects if not categories or under(count.category, categories)]
    if any(count.exact and not count.key for count in counts):
        raise unusable(condition, "people have a column each, not a row", "1 人が 1 行でなく 1 列に対応しています")
    keys = {_key(count, profile) for count in counts}
    return most, keys.pop() if len(keys) == 1 else ()


def _key(count: SubjectCount, profile: Profile) -> tuple[str, ...]:
    """The columns by which subjects were told apart, where they are columns of the table."""
    there = {column.name for column in profile.columns}
    return count.key if count.exact and there.issuperset(count.key) else ()
