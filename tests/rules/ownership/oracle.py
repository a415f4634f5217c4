"""Brute force for small graphs, in exact fractions and by its own reading of the law: nothing is shared with the code.

Covered status: guess which entities count, from none upwards, and add whoever must count until nobody is left.
Common control: the same for pairs of entities on one side.
"""

from __future__ import annotations

from fractions import Fraction

from tegata.rules.ownership import Entity, Graph

CONCERN = frozenset({"CN", "RU"})
HUNDRED = Fraction(100)


def share(graph: Graph, owner: str, owned: str) -> Fraction:
    return Fraction(graph.holders.get(owned, {}).get(owner, 0), 10**10)


def covered(graph: Graph, *, unknown: bool) -> set[str]:
    """Those who are covered where every unknown is read as `unknown`."""
    counted: set[str] = set()
    found: set[str] = set()
    while True:
        now, also = set(), set()
        for entity in graph.entities.values():
            status = _status(graph, entity, counted, found, unknown)
            if status:
                also.add(entity.id)
            if status or (entity.entity == "organisation" and _held(graph, entity.id, counted, unknown) >= 50):
                now.add(entity.id)
        if (now, also) == (counted, found):
            return found
        counted, found = now, also


def _held(graph: Graph, name: str, counted: set[str], unknown: bool) -> Fraction:
    held = sum((share(graph, owner, name) for owner in counted), Fraction(0))
    disclosed = sum((share(graph, owner, name) for owner in graph.entities), Fraction(0))
    return held + (HUNDRED - disclosed if unknown else 0)


def _status(graph: Graph, entity: Entity, counted: set[str], found: set[str], unknown: bool) -> bool:
    def read(value: bool | None) -> bool:
        return unknown if value is None else value

    if entity.entity == "dispersed":
        return False
    if entity.entity == "country":
        return entity.country in CONCERN
    if read(entity.designated):
        return True
    if not read(None if entity.us_person is None else not entity.us_person):
        return False
    if entity.entity == "individual":
        lives = None if entity.residence is None else entity.residence in CONCERN
        works = None if entity.employers is None else any(employer in found for employer in entity.employers)
        return read(lives) or read(works)
    under = None if entity.organised_under is None else bool(entity.organised_under & CONCERN)
    place = None if entity.principal_place is None else entity.principal_place in CONCERN
    return read(under) or read(place) or _held(graph, entity.id, counted, unknown) >= 50


def together(graph: Graph) -> set[frozenset[str]]:
    """Groups under common control, by rounds over the whole partition."""
    groups = {frozenset({name}) for name in graph.entities}
    while True:
        joined = _round(graph, groups, over=True) or _round(graph, groups, over=False)
        if joined is None:
            return groups
        groups = joined


def _round(graph: Graph, groups: set[frozenset[str]], *, over: bool) -> set[frozenset[str]] | None:
    pairs = []
    for group in groups:
        for name in group:
            reach = {other: _leading(graph, other, name) for other in groups}
            most = [other for other, part in reach.items() if (part > 50 if over else part >= 50)]
            if (over or len(most) == 1) and any(other != group for other in most):
                pairs += [(group, other) for other in most if other != group]
    if not pairs:
        return None
    merged = set(groups)
    for one, other in pairs:
        whole = {group for group in merged if one <= group or other <= group}
        merged = (merged - whole) | {frozenset().union(*whole)}
    return merged


def _leading(graph: Graph, group: frozenset[str], name: str) -> Fraction:
    leading = [owner for owner in group if graph.entities[owner].entity in ("organisation", "individual")]
    return sum((share(graph, owner, name) for owner in leading), Fraction(0))
