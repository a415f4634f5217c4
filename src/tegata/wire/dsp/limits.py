"""Words of ODRL's own vocabulary in policies of others: the limits of a permission, and duties, as conditions.

A limit is a clause of the contract: this node holds both sides to the words, it cannot watch what is done elsewhere.
"""

from __future__ import annotations

import json
from typing import Any, Final

from msgspec import UNSET

from tegata.model.base import Text, t
from tegata.model.decision import Condition
from tegata.model.errors import ProtocolError
from tegata.wire.dsp.odrl import Constraint, Duty, Permission

_LIMITS: Final[dict[str, tuple[frozenset[str], Text]]] = {
    "purpose": (
        frozenset({"eq", "isA", "isAnyOf", "isNoneOf"}),
        t("use is limited to a purpose", "利用目的が限定されています"),
    ),
    "spatial": (
        frozenset({"eq", "isAnyOf", "isNoneOf", "isPartOf"}),
        t("use is limited to a place", "利用場所が限定されています"),
    ),
    "dateTime": (
        frozenset({"eq", "lt", "lteq", "gt", "gteq"}),
        t("use is limited in time", "利用期間が限定されています"),
    ),
    "recipient": (
        frozenset({"eq", "isAnyOf", "isNoneOf"}),
        t("who may receive it is limited", "受領者が限定されています"),
    ),
}
"""Left operands (ODRL vocabulary, section 4.5) whose meaning can stand in a clause, with the operators that fit."""

DUTIES: Final[dict[str, tuple[str, Text]]] = {
    "obtainConsent": ("obtain_consent", t("obtain consent", "同意を得る")),
    "inform": ("report", t("inform the other party", "相手方に通知する")),
    "reviewPolicy": ("review_periodically", t("review the policy", "ポリシーを見直す")),
}
"""Actions of the ODRL vocabulary that are verbs of ours."""


def limits_of(permission: Permission) -> tuple[Condition, ...]:
    """The constraints of a permission to use, as clauses. ProtocolError names what is not understood."""
    if permission.action not in ("use", "odrl:use"):
        raise _unknown(f"the permitted action `{permission.action}`")
    if permission.extra:
        raise _unknown(f"the term `{next(iter(permission.extra))}` of a permission")
    return tuple(_limit(constraint) for constraint in permission.constraint)


def standard_duty(duty: Duty) -> Condition | None:
    """A duty in ODRL's own words; None when its action is none of them. ProtocolError names a constraint on it."""
    name = duty.action.removeprefix("odrl:")
    if name not in DUTIES:
        return None
    if duty.constraint or duty.extra:
        raise _unknown(f"a constraint or term beside the duty `{duty.action}`")
    verb, say = DUTIES[name]
    return Condition(verb=verb, say=say)


def _limit(constraint: Constraint) -> Condition:
    if constraint.left_operand is UNSET or constraint.extra:
        raise _unknown("a constraint that is not one left operand, operator and right operand")
    left, operator = constraint.left_operand.removeprefix("odrl:"), constraint.operator
    if left not in _LIMITS:
        raise _unknown(f"the left operand `{constraint.left_operand}`")
    operators, say = _LIMITS[left]
    if operator is UNSET or operator not in operators:
        raise _unknown(f"the operator `{operator}` on `{left}`")
    value = _plain(constraint.right_operand)
    shown = f"{operator} {json.dumps(value, ensure_ascii=False)}"
    params = {"clause": f"limit-{left}", "operator": operator, "value": value}
    return Condition(verb="insert_clause", params=params, say=t(f"{say.en}: {shown}", f"{say.ja}：{shown}"))


def _plain(operand: Any) -> Any:
    """A right operand without its JSON-LD dress: a text, a number, or a list of them."""
    match operand:
        case str() | bool() | int() | float():
            return operand
        case {"@id": str(name), **rest} if not rest:
            return name
        case {"@value": str() | bool() | int() | float() as value, **rest} if not rest.keys() - {"@type"}:
            return value
        case list() if operand:
            return [_plain(one) for one in operand]
    raise _unknown(f"the right operand `{str(operand)[:80]}`")


def _unknown(what: str) -> ProtocolError:
    return ProtocolError(
        f"{what} is not understood by this node",
        why="a limit that is passed over would be no limit",
        hint="agree without it, or by hand outside this protocol",
    )
