"""What a diagram branches on: facts by the ranges that are told apart, and conditions that are asked as a whole."""

from __future__ import annotations

import bisect
import datetime as dt
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tegata.rules.expression.compiled import Code, Values
from tegata.rules.expression.parse import Compare, ListOf, Literal, Name, Node, children
from tegata.rules.facts import FactSpec

Read = Callable[[Values], int | None]


@dataclass(frozen=True, slots=True)
class Variable:
    """`read` gives the value of a list of facts, 0 to `arity` - 1, None while it is unknown.

    The place of the `fact` that answers it, or the `code` that tells on which facts it rests. `silent` is the value,
    if any, that stands for silence and is no answer.
    """

    arity: int
    read: Read
    fact: int = -1
    code: Code | None = None
    silent: int | None = None

    @property
    def answers(self) -> tuple[int, ...]:
        return tuple(value for value in range(self.arity) if value != self.silent)


def condition(code: Code) -> Variable:
    """Something that holds or not, of whatever facts."""
    value_of = code.value

    def read(values: Values) -> int | None:
        found: bool | None = value_of(values)
        return None if found is None else int(found)

    return Variable(2, read, code=code)


NOT_STATED, STATED, DENIED = 0, 1, 2


def statement(fact: int, code: Code, derived: Code) -> Variable:
    """What `stated(fact, derived)` rests on: whether the fact is stated, and how.

    It is open where the fact contradicts what follows from others, and where nothing is stated and nothing follows:
    a statement would then do instead.
    """
    value_of, follows = code.value, derived.value

    def read(values: Values) -> int | None:
        if values[fact] is None:
            return None if follows(values) is None else NOT_STATED
        found: bool | None = value_of(values)
        return None if found is None else STATED if found else DENIED

    return Variable(3, read, fact, silent=NOT_STATED)


# ---------------------------------------------------------------------------------------------- facts in ranges

_SIDES: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_HOLDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, constant: value in constant,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """One fact against one constant."""

    fact: str
    op: str
    constant: Any

    def holds(self, value: Any) -> bool:
        return _HOLDS[self.op](value, self.constant)


def probe_of(node: Node, specs: Mapping[str, FactSpec], parameters: Mapping[str, Any]) -> Probe | None:
    """The comparison as a test of a single fact of single values; None where it is none."""
    if not isinstance(node, Compare) or node.op not in _HOLDS:
        return None
    for fact, other, op in ((node.left, node.right, node.op), (node.right, node.left, _SIDES.get(node.op))):
        if isinstance(fact, Name) and fact.name in specs and op and specs[fact.name].type.kind in _SINGLE:
            constant = _constant(other, parameters)
            return None if constant is None else Probe(fact.name, op, constant)
    return None


_SINGLE: Final = ("text", "int", "number", "date", "bool")


def _constant(node: Node, parameters: Mapping[str, Any]) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, ListOf):
        return frozenset(node.values)
    if isinstance(node, Name) and node.name.startswith("param."):
        return parameters.get(node.name.removeprefix("param."))
    return None


@dataclass(frozen=True, slots=True)
class Ranges:
    """The values of a fact in classes that no test tells apart; `samples` has one value of each."""

    samples: tuple[Any, ...]
    variable: Variable


def ranges(spec: FactSpec, probes: Sequence[Probe]) -> Ranges:
    """A variable whose values are the classes of a fact's values."""
    points = _points(spec, [probe.constant for probe in probes])
    kinds: dict[tuple[bool, ...], int] = {}
    classes = [kinds.setdefault(tuple([probe.holds(point) for probe in probes]), len(kinds)) for point in points]
    samples = tuple(points[classes.index(number)] for number in range(len(kinds)))
    place = _placed if spec.type.kind in ("text", "bool") else _between
    return Ranges(samples, Variable(len(kinds), place(points, classes, spec.index), spec.index))


def _points(spec: FactSpec, constants: Iterable[Any]) -> list[Any]:
    """Values such that every other value passes the same tests as one of them; the last stands for all others."""
    if spec.type.kind == "bool":
        return [False, True]
    found = {value for constant in constants for value in (constant if isinstance(constant, frozenset) else [constant])}
    if spec.type.kind == "text":
        named = sorted(found)
        others = sorted(spec.type.domain - found) if spec.type.domain else ["".join(named) + "."]
        return [*named, *others[:1]]
    return _line(sorted(found), spec.type.kind)


def _line(cuts: Sequence[Any], kind: str) -> list[Any]:
    """Below, at and above each cut: what lies between two cuts is alike. Where nothing does, the cut stands twice."""
    below = max(dt.date.min, cuts[0] - DAY) if kind == "date" else min(0, cuts[0])
    found = [below]
    for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
        above = _above(cut, following, kind)
        found += [cut, above if following is None or above < following else cut]
    return found


DAY: Final = dt.timedelta(1)


def _above(cut: Any, following: Any, kind: str) -> Any:
    """The least value above a cut, or one between it and the following."""
    if kind == "date":
        return cut + DAY if cut < dt.date.max else cut
    if kind == "int":
        return math.floor(cut) + 1
    return cut + 1 if following is None else (cut + following) / 2


def _placed(points: Sequence[Any], classes: Sequence[int], slot: int) -> Read:
    table, other = dict(zip(points, classes, strict=True)), classes[-1]

    def read(values: Values) -> int | None:
        found = values[slot]
        return None if found is None else table.get(found, other)

    return read


def _between(points: Sequence[Any], classes: Sequence[int], slot: int) -> Read:
    cuts = points[1::2]

    def read(values: Values) -> int | None:
        found = values[slot]
        if found is None:
            return None
        place = bisect.bisect_left(cuts, found)
        return classes[2 * place + (place < len(cuts) and cuts[place] == found)]

    return read


def probes_in(
    nodes: Iterable[Node], specs: Mapping[str, FactSpec], parameters: Mapping[str, Any]
) -> dict[str, list[Probe]]:
    """Every test that occurs in the trees, by fact."""
    found: dict[str, list[Probe]] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        probe = probe_of(node, specs, parameters)
        if probe is not None:
            found.setdefault(probe.fact, []).append(probe)
        waiting += children(node)
    return found
