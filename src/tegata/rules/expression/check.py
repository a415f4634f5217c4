"""Types of expressions, checked against the fact schema and the pack when the pack is loaded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from tegata.model.base import t
from tegata.rules.expression.functions import FUNCTIONS
from tegata.rules.expression.parse import Call, Compare, ExpressionError, Junction, ListOf, Literal, Name, Node, Not
from tegata.rules.facts import category_heads


@dataclass(frozen=True, slots=True)
class Kind:
    """Static type of an expression.

    `kind` is bool, number, text, date, set, counts or map. `domain` holds the text that may occur, None for any.
    `constants` are the values that a literal or a parameter has, over all its dates; () for everything else.
    """

    kind: str
    domain: frozenset[str] | None = None
    constants: tuple[object, ...] = ()
    of: str = ""


@dataclass(slots=True)
class Uses:
    """What an expression refers to, and which constants it compares each fact with."""

    facts: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    compared: dict[str, list[object]] = field(default_factory=dict)
    as_of: bool = False  # the day of the act


class Scope(Protocol):
    """The names that an expression may use; all raise ExpressionError for a name that does not exist."""

    def fact(self, name: str, at: int) -> Kind: ...
    def definition(self, name: str, at: int) -> Kind: ...
    def parameter(self, name: str, at: int) -> Kind: ...


def is_fact(name: str) -> bool:
    """Facts have a dot in their name, but for `relation`; definitions are plain identifiers."""
    return "." in name or name == "relation"


def check(node: Node, scope: Scope, uses: Uses) -> Kind:
    """The type of an expression; what it refers to is added to `uses`.

    Raises:
        ExpressionError: unknown name, a literal that the fact never takes, or types that do not fit together.
    """
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, ListOf):
        return Kind("set", None, node.values)
    if isinstance(node, Name):
        return _name(node, scope, uses)
    if isinstance(node, Not):
        _want("bool", check(node.item, scope, uses), node.item)
        return Kind("bool")
    if isinstance(node, Junction):
        for item in node.items:
            _want("bool", check(item, scope, uses), item)
        return Kind("bool")
    if isinstance(node, Compare):
        return _compare(node, scope, uses)
    return _call(node, scope, uses)


def _literal(node: Literal) -> Kind:
    value = node.value
    if isinstance(value, bool):
        return Kind("bool", None, (value,))
    kind = "text" if isinstance(value, str) else "date" if isinstance(value, dt.date) else "number"
    return Kind(kind, None, (value,))


def _name(node: Name, scope: Scope, uses: Uses) -> Kind:
    if node.name == "as_of":
        uses.as_of = True
        return Kind("date")
    if node.name.startswith("param."):
        name = node.name.removeprefix("param.")
        kind = scope.parameter(name, node.at)
        uses.parameters.add(name)
    elif is_fact(node.name):
        kind = scope.fact(node.name, node.at)
        uses.facts.add(node.name)
    else:
        kind = scope.definition(node.name, node.at)
        uses.definitions.add(node.name)
    return kind


def _want(kind: str, found: Kind, node: Node) -> None:
    if found.kind != kind:
        raise _mismatch(kind, found.kind, node.at)


def _mismatch(wanted: str, found: str, at: int) -> ExpressionError:
    return ExpressionError(t(f"{found} stands where {wanted} belongs", f"{wanted} であるべき所が {found} です"), at)


_ORDERED = ("number", "date")
_PAIRS = {"in": ("text", "set"), "intersects": ("set", "set"), "within": ("set", "set")}


def _compare(node: Compare, scope: Scope, uses: Uses) -> Kind:
    left, right = check(node.left, scope, uses), check(node.right, scope, uses)
    if node.op in _PAIRS:
        _want(_PAIRS[node.op][0], left, node.left)
        _want(_PAIRS[node.op][1], right, node.right)
    elif left.kind != right.kind:
        raise _mismatch(left.kind, right.kind, node.right.at)
    elif left.kind not in (_ORDERED if node.op not in ("==", "!=") else (*_ORDERED, "bool", "text")):
        raise _mismatch("number", left.kind, node.left.at)
    _meet(node.left, left, node.right, right, uses)
    _meet(node.right, right, node.left, left, uses)
    return Kind("bool")


def _meet(node: Node, kind: Kind, other: Node, constant: Kind, uses: Uses) -> None:
    """Constants that meet a fact must be values that it can take, and are remembered as worth trying."""
    if kind.domain is not None:
        for value in constant.constants:
            if value not in kind.domain:
                message = t(
                    f"`{value}` is never a value here ({kind.of})", f"`{value}` はここでは値になりません（{kind.of}）"
                )
                raise ExpressionError(message, other.at)
    if isinstance(node, Name) and is_fact(node.name):
        uses.compared.setdefault(node.name, []).extend(constant.constants)


def _call(node: Call, scope: Scope, uses: Uses) -> Kind:
    function = FUNCTIONS.get(node.function)
    if function is None:
        message = t(f"there is no function `{node.function}`", f"`{node.function}` という関数はありません")
        raise ExpressionError(message, node.at)
    least = len(function.takes) - function.optional
    if not least <= len(node.arguments) <= len(function.takes):
        message = t(f"`{node.function}` takes {least} arguments", f"`{node.function}` の引数は {least} 個です")
        raise ExpressionError(message, node.at)
    kinds = [check(argument, scope, uses) for argument in node.arguments]
    for wanted, kind, argument in zip(function.takes, kinds, node.arguments, strict=False):
        _argument(wanted, kind, argument)
    for argument, kind in zip(node.arguments, kinds, strict=True):
        for other in kinds:
            if other is not kind and isinstance(argument, Name) and is_fact(argument.name):
                uses.compared.setdefault(argument.name, []).extend(other.constants)
    domain = kinds[0].domain if function.gives == "set" else None
    return Kind(function.gives, domain, (), kinds[0].of if domain else "")


def _argument(wanted: str, kind: Kind, node: Node) -> None:
    if wanted == "fact":
        if not isinstance(node, Name) or not is_fact(node.name) or node.name.startswith("param."):
            raise _mismatch("fact", kind.kind, node.at)
    elif wanted in ("head", "below"):
        if not isinstance(node, Literal) or node.value not in category_heads():
            raise ExpressionError(t("a category belongs here", "区分を書いてください"), node.at)
    else:
        _want(wanted, kind, node)
