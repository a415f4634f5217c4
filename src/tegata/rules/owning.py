"""What a pack says of owners: the `ownership` of its pack.yaml."""

from __future__ import annotations

from tegata.model.base import Noun, Text, t
from tegata.rules.expression.check import Scope
from tegata.rules.expression.parse import ExpressionError


class Owning(Noun, frozen=True, kw_only=True):
    """Whose ownership counts under a law. Both name parameters: countries, and the share in per cent from which."""

    countries: str
    percent: str


def fault_in(owning: Owning, scope: Scope) -> Text | None:
    """Which name in it does not exist or does not fit, if any."""
    for name, kind in ((owning.countries, "set"), (owning.percent, "number")):
        try:
            actual = scope.parameter(name, 0).kind
        except ExpressionError as error:
            return error.what
        if actual != kind:
            return t(f"`{name}` is no {kind}", f"`{name}` の型が {kind} ではありません")
    return None
