"""Which columns of a table a condition falls on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tegata.model.base import t
from tegata.model.categories import under
from tegata.model.decision import Condition
from tegata.model.errors import InputError
from tegata.model.profile import ColumnProfile, Profile

BY_KIND: Final = ("categories", "recognisers")
SELECTORS: Final = frozenset({*BY_KIND, "columns"})


def own_params(condition: Condition, known: frozenset[str]) -> dict[str, Any]:
    own = {name: value for name, value in condition.params.items() if name not in SELECTORS}
    if unknown := own.keys() - known:
        names = ", ".join(f"`{name}`" for name in sorted(unknown))
        raise unusable(condition, f"unknown parameter {names}", f"未知のパラメーターです: {names}")
    return own


def selector(condition: Condition, name: str) -> tuple[str, ...]:
    values = condition.params.get(name, ())
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise unusable(condition, f"`{name}` is not a list of texts", f"`{name}` は文字列の一覧ではありません")


def selected(condition: Condition, profile: Profile) -> list[ColumnProfile]:
    """By what else its cells hold, a column is selected as well."""
    if not SELECTORS & condition.params.keys():
        raise unusable(condition, "it selects no columns", "列を選ぶ指定がありません")
    for name in selector(condition, "columns"):
        if name not in {column.name for column in profile.columns}:
            raise unusable(condition, f"there is no column `{name}`", f"列 `{name}` がありません")
    return [c for c in profile.columns if is_selected(condition, c.name, c.categories, _recognisers(c))]


def by_itself(condition: Condition, column: ColumnProfile) -> bool:
    """Whether the column is selected for what it is, and not for what stands in it among other text."""
    return is_selected(condition, column.name, (column.category,), (column.recogniser,))


def is_selected(condition: Condition, name: str, categories: Sequence[str], recognisers: Sequence[str]) -> bool:
    return (
        name in selector(condition, "columns")
        or any(under(one, selector(condition, "categories")) for one in categories)
        or any(under(one, selector(condition, "recognisers")) for one in recognisers)
    )


def _recognisers(column: ColumnProfile) -> list[str]:
    """The recogniser that decided, and those of what else its cells hold."""
    return [column.recogniser, *(find.recogniser for find in column.finds)]


def unusable(condition: Condition, en: str, ja: str) -> InputError:
    rule = f" ({condition.rule})" if condition.rule else ""
    return InputError(
        t(
            f"the condition `{condition.verb}`{rule} cannot be carried out",
            f"条件 `{condition.verb}`{rule} を実行できません",
        ),
        why=t(en, ja),
        hint=t("mend the rule that asks for it", "この条件を求める規則を直してください"),
    )
