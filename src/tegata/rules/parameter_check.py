"""What a parameter of a pack must be: cited, dated without overlap, and of one type on all its days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tegata.rules.expression.check import Kind
from tegata.rules.facts import category_heads
from tegata.rules.faults import bad
from tegata.rules.pack_file import Parameter


def parameter_kind(parameter: Parameter) -> Kind:
    """The one type of all values of a parameter, whose periods are in order and do not overlap."""
    if not parameter.cite.strip():
        raise bad("parameters.yaml", parameter.id, "it cites no provision", "根拠条文がありません")
    if not parameter.values:
        raise bad("parameters.yaml", parameter.id, "it has no value", "値がありません")
    _periods(parameter)
    kinds = {_value_kind(parameter, dated.value) for dated in parameter.values}
    if len(kinds) > 1:
        raise bad("parameters.yaml", parameter.id, "its values are of different types", "値の型がそろっていません")
    return Kind(kinds.pop(), None, tuple(c for dated in parameter.values for c in _constants(dated.value)))


def _periods(parameter: Parameter) -> None:
    end: dt.date | None = dt.date.min
    for dated in parameter.values:
        if end is None or dated.from_ < end or (dated.until is not None and dated.until <= dated.from_):
            raise bad(
                "parameters.yaml",
                parameter.id,
                "its periods overlap or are out of order",
                "期間が重複又は前後しています",
            )
        end = dated.until


def _value_kind(parameter: Parameter, value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dt.date):
        return "date"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "set"
    if isinstance(value, dict) and value and all(isinstance(n, int | float) for n in value.values()):
        if unknown := value.keys() - category_heads():
            raise bad(
                "parameters.yaml",
                parameter.id,
                f"{sorted(unknown)} are no categories",
                f"{sorted(unknown)} は区分ではありません",
            )
        return "map"
    raise bad(
        "parameters.yaml",
        parameter.id,
        "values are numbers, text, dates, lists of text or maps",
        "値は数・文字列・日付・一覧・表です",
    )


def _constants(value: Any) -> tuple[object, ...]:
    """What facts may be compared with: members of lists, whole maps, single values."""
    return tuple(value) if isinstance(value, list) else (value,)
