"""What a pack says of adding up: the `ledger` of its pack.yaml."""

from __future__ import annotations

from tegata.model.base import Noun, Text, t
from tegata.rules.expression.check import Scope
from tegata.rules.expression.parse import ExpressionError


class Unit(Noun, frozen=True, kw_only=True):
    """The facts that take a number: of this transfer, and of those before it."""

    now: str
    before: str


class Addition(Noun, frozen=True, kw_only=True):
    """How a law adds up people over transfers of one exporter to one recipient, or to parties under common control.

    `limits` and `months` name parameters. Those of `country` are counted, or, in the category `device_category`,
    devices. Data of which the fact `unless` is true does not count.
    """

    limits: str
    months: str
    country: str
    persons: Unit
    devices: Unit
    device_category: str
    unless: str


def fault_in(addition: Addition, scope: Scope) -> Text | None:
    """Which name in it does not exist or does not fit, if any: a slip would count nobody."""
    parameters = [(addition.limits, "map"), (addition.months, "number")]
    facts = [(unit, "counts") for unit in (addition.persons.now, addition.persons.before)]
    facts += [(unit, "number") for unit in (addition.devices.now, addition.devices.before)]
    facts.append((addition.unless, "bool"))
    try:
        found = [(name, kind, scope.parameter(name, 0).kind) for name, kind in parameters]
        found += [(name, kind, scope.fact(name, 0).kind) for name, kind in facts]
    except ExpressionError as error:
        return error.what
    wrong = next(((name, kind) for name, kind, actual in found if actual != kind), None)
    return wrong and t(f"`{wrong[0]}` is no {wrong[1]}", f"`{wrong[0]}` の型が {wrong[1]} ではありません")
