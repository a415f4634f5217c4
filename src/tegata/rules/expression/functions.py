"""The functions of the expression language. Every argument may be unknown (None), and so may the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tegata.rules import counts
from tegata.rules.counts import Counts

Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Function:
    """`takes`: kinds of the arguments, of which the last `optional` may be left out. `gives`: kind of the result.

    Besides the kinds of expressions there are `fact` (the name of one), `head` (a literal category or the head of
    some) and `below` (the same, handed over as the set of all categories at or below it).
    """

    takes: tuple[str, ...]
    gives: str
    run: Run
    optional: int = 0


def _known(value: Any) -> bool:
    return value.complete if isinstance(value, Counts) else value is not None


def _stated(stated: bool | None, derived: bool | None) -> bool | None:
    """A conclusion that the flow states, else what follows from its other facts; unknown when the two contradict."""
    if stated is None:
        return derived
    return stated if derived is None or derived is stated else None


def _count(members: frozenset[str] | None) -> int | None:
    return None if members is None else len(members)


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one & other


def _has(members: frozenset[str] | None, wanted: frozenset[str]) -> bool | None:
    return None if members is None else not members.isdisjoint(wanted)


def _without(members: frozenset[str] | None, unwanted: frozenset[str]) -> frozenset[str] | None:
    return None if members is None else members - unwanted


def _exceeds_one(people: Counts, limits: Mapping[str, float], head: str) -> bool | None:
    return counts.exceeds_one(people, head, limits[head])


def _exceeds(people: Counts, limits: Mapping[str, float], upper: Counts | None = None) -> bool | None:
    return counts.exceeds(people if upper is None else counts.bounded(people, upper), limits)


FUNCTIONS: dict[str, Function] = {
    "known": Function(("fact",), "bool", _known),
    "stated": Function(("fact", "bool"), "bool", _stated),
    "count": Function(("set",), "number", _count),
    "common": Function(("set", "set"), "set", _common),
    "without": Function(("set", "below"), "set", _without),
    "has": Function(("set", "below"), "bool", _has),
    "exceeds": Function(("counts", "map", "counts"), "bool", _exceeds, optional=1),
    "exceeds_one": Function(("counts", "map", "head"), "bool", _exceeds_one),
    "exceeds_lowest": Function(("counts", "map", "set"), "bool", counts.exceeds_lowest),
    "plus": Function(("counts", "counts"), "counts", counts.plus),
    "bounded": Function(("counts", "counts"), "counts", counts.bounded),
    "with_count": Function(("counts", "head", "number"), "counts", counts.with_count),
}
