"""Expressions compiled to closures over a list of values: facts, the date, then definitions as they are needed.

Logic is Kleene's: False, True and None (unknown). `and` is false as soon as one part is, though others be unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tegata.rules.counts import categories_below
from tegata.rules.expression.functions import FUNCTIONS
from tegata.rules.expression.parse import Call, Compare, Junction, ListOf, Literal, Name, Node, Not

Values = list[Any]
Evaluate = Callable[[Values], Any]
Trace = Callable[[Values, set[int], bool], None]
UNSET: Any = object()
"""Stands in the list of values for a definition that nobody asked for yet."""


@dataclass(frozen=True, slots=True)
class Code:
    """`value` evaluates; `trace(values, out, open_only)` adds to `out` the indexes of what the value rests on.

    These are facts and definitions. Of an unknown value `open_only` follows just the parts that are unknown
    themselves: a fact under `known(...)` is not asked for, because silence has its meaning there. A fact that
    contradicts what follows from others is added as the complement (`~index`) too.
    """

    value: Evaluate
    trace: Trace
    slot: int = -1  # the place of a fact that stands alone: its readers save themselves a call


@dataclass(frozen=True, slots=True)
class Binding:
    """What names stand for on one date: indexes of facts, parameters' values, definitions compiled so far."""

    slots: Mapping[str, int]
    parameters: Mapping[str, Any]
    definitions: dict[str, Code]


def compiled(node: Node, binding: Binding) -> Code:
    """Code for a checked expression."""
    if isinstance(node, Literal):
        return _constant(node.value)
    if isinstance(node, ListOf):
        return _constant(frozenset(node.values))
    if isinstance(node, Name):
        return _named(node.name, binding)
    if isinstance(node, Not):
        return _negation(compiled(node.item, binding))
    if isinstance(node, Junction):
        return _junction(node.op == "or", [compiled(item, binding) for item in node.items])
    if isinstance(node, Compare):
        return _comparison(node, binding)
    return _call(node, binding)


def memoised(code: Code, slot: int, traced: int) -> Code:
    """The code of a definition: computed once per list of values, and traced once, into the slot `traced`.

    Only the whole trace is kept: what is open about it depends on nothing else, but is asked for rarely.
    """
    value_of, trace_of = code.value, code.trace

    def value(values: Values) -> Any:
        found = values[slot]
        if found is UNSET:
            found = values[slot] = value_of(values)
        return found

    def trace(values: Values, out: set[int], open_only: bool) -> None:
        if open_only:
            if slot not in out:  # its own slot is the mark that it has been traced
                out.add(slot)
                trace_of(values, out, True)
            return
        found = values[traced]
        if found is UNSET:
            found = values[traced] = set[int]()
            trace_of(values, found, False)
        out |= found

    return Code(value, trace)


def _no_trace(_values: Values, _out: set[int], _open_only: bool) -> None:
    """Constants rest on no fact."""


def _constant(constant: Any) -> Code:
    return Code(lambda _values: constant, _no_trace)


def _named(name: str, binding: Binding) -> Code:
    if name.startswith("param."):
        return _constant(binding.parameters.get(name.removeprefix("param.")))
    if name in binding.definitions:
        return binding.definitions[name]
    slot = binding.slots[name]
    if name == "as_of":
        return Code(operator.itemgetter(slot), _no_trace)
    return Code(operator.itemgetter(slot), lambda _values, out, _open_only: out.add(slot), slot)


def _negation(code: Code) -> Code:
    inner = code.value

    def value(values: Values) -> bool | None:
        found: bool | None = inner(values)
        return None if found is None else not found

    return Code(value, code.trace)


def _junction(decisive: bool, codes: list[Code]) -> Code:
    """`or` is decided by one true part (`decisive` True), `and` by one false part."""
    pairs = tuple((code.value, code.trace) for code in codes)
    parts = [code.value for code in codes]
    value = _joined_two(decisive, *parts) if len(parts) == 2 else _joined(decisive, parts)

    def trace(values: Values, out: set[int], open_only: bool) -> None:
        unknown = False
        for part, part_trace in pairs:
            found = part(values)
            if found is decisive:
                part_trace(values, out, open_only)
                return
            unknown = unknown or found is None
        narrowed = open_only and unknown
        for part, part_trace in pairs:
            if not narrowed or part(values) is None:
                part_trace(values, out, open_only)

    return Code(value, trace)


def _joined(decisive: bool, parts: Sequence[Evaluate]) -> Evaluate:
    parts = tuple(parts)
    neutral = not decisive

    def value(values: Values) -> bool | None:
        result: bool | None = neutral
        for part in parts:
            found: bool | None = part(values)
            if found is decisive:
                return found
            if found is None:
                result = None
        return result

    return value


def _joined_two(decisive: bool, first: Evaluate, second: Evaluate) -> Evaluate:
    """Two parts, the most common case, without a loop."""
    neutral = not decisive

    def value(values: Values) -> bool | None:
        one: bool | None = first(values)
        if one is decisive:
            return one
        other: bool | None = second(values)
        if other is decisive:
            return other
        return None if one is None or other is None else neutral

    return value


def _intersects(left: frozenset[str], right: frozenset[str]) -> bool:
    return not left.isdisjoint(right)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "intersects": _intersects,
    "within": frozenset.issubset,
}


def _comparison(node: Compare, binding: Binding) -> Code:
    left, right = compiled(node.left, binding), compiled(node.right, binding)
    compare = _OPERATORS[node.op]
    trace = _traces([left, right])
    if isinstance(node.right, Literal | ListOf) or (
        isinstance(node.right, Name) and node.right.name.startswith("param.")
    ):
        return Code(_against_constant(left, compare, right.value([])), trace)
    left_of, right_of = left.value, right.value

    def value(values: Values) -> bool | None:
        one, other = left_of(values), right_of(values)
        return None if one is None or other is None else compare(one, other)

    return Code(value, trace)


def _against_constant(left: Code, compare: Callable[[Any, Any], bool], constant: Any) -> Evaluate:
    value_of, slot = left.value, left.slot

    def of_fact(values: Values) -> bool | None:
        found = values[slot]
        return None if found is None or constant is None else compare(found, constant)

    def value(values: Values) -> bool | None:
        found = value_of(values)
        return None if found is None or constant is None else compare(found, constant)

    return of_fact if slot >= 0 else value


def _traces(codes: list[Code]) -> Trace:
    traces = [code.trace for code in codes if code.trace is not _no_trace]
    if len(traces) == 1:
        return traces[0]

    def trace(values: Values, out: set[int], open_only: bool) -> None:
        for part in traces:
            part(values, out, open_only)

    return trace


def _call(node: Call, binding: Binding) -> Code:
    function = FUNCTIONS[node.function]
    codes = [
        _categories_below(argument) if takes == "below" else compiled(argument, binding)
        for takes, argument in zip(function.takes, node.arguments, strict=False)
    ]
    value = _applied(function.run, [code.value for code in codes])
    fact = node.arguments[0]
    if node.function == "stated" and isinstance(fact, Name):
        return Code(value, _doubting(codes, binding.slots[fact.name]))
    return Code(value, _traces(codes))


def _categories_below(head: Node) -> Code:
    word = str(head.value) if isinstance(head, Literal) else ""
    return _constant(categories_below(word))


def _applied(run: Callable[..., Any], parts: list[Evaluate]) -> Evaluate:
    """`run` over the parts' values; the lengths that occur are written out because this is the innermost loop."""
    if len(parts) == 1:
        (only,) = parts
        return lambda values: run(only(values))
    if len(parts) == 2:
        one, two = parts
        return lambda values: run(one(values), two(values))
    first, second, third = parts
    return lambda values: run(first(values), second(values), third(values))


def _doubting(codes: list[Code], slot: int) -> Trace:
    """Trace of `stated(fact, derived)`: a stated fact alone decides, unless the derived value contradicts it."""
    stated, derived = codes

    def trace(values: Values, out: set[int], open_only: bool) -> None:
        said, follows = stated.value(values), derived.value(values)
        out.add(slot)
        if said is None or (follows is not None and follows is not said):
            derived.trace(values, out, open_only)
        if said is not None and follows is not None and follows is not said:
            out.add(~slot)

    return trace
