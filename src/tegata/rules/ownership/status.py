"""Covered persons by ownership, place and work: 28 CFR 202.211(a) as two least fixed points.

A holder whose half is owned by countries of concern and covered persons passes on all that it holds, and one below half
passes on nothing (202.211(a)(1) and (2) with its example of two holders that together reach half). That goes through
companies under US law as well: they are no covered persons themselves, but what they hold is indirectly owned. One
fixed point takes only what is known; the other takes every unknown fact and every undisclosed share as covered. Where
they agree the status is known. Both are linear in entities and holdings, and circular holdings carry nobody by
themselves.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from tegata.rules.ownership.graph import Entity, Graph
from tegata.rules.ownership.share import ONE_PERCENT


@dataclass(frozen=True, slots=True)
class Measure:
    """What the law sets: countries of concern, and the share in per cent from which ownership counts."""

    countries: frozenset[str]
    percent: float = 50

    @property
    def share(self) -> int:
        return round(self.percent * ONE_PERCENT)


class Reason(Enum):
    """Why somebody counts."""

    COUNTRY = "country"
    DESIGNATED = "designated"
    PLACE = "place"
    RESIDENCE = "residence"
    EMPLOYER = "employer"
    OWNERS = "owners"
    NOT_SAID = "not_said"  # nothing known rules it out


@dataclass(slots=True)
class Reached:
    """Whom one fixed point reached.

    `counted`: whose holdings count, in the order in which they were found, and why. `covered`: those who are covered
    persons themselves. `share`: the counted share of every entity that has one.
    """

    counted: dict[str, Reason] = field(default_factory=dict)
    covered: dict[str, Reason] = field(default_factory=dict)
    share: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standings:
    """What follows for every entity. `least` takes only what is known, `most` all that is not ruled out."""

    graph: Graph
    measure: Measure
    least: Reached
    most: Reached

    def covered(self, name: str) -> bool | None:
        """Whether an entity is a country of concern or a covered person; None where that is open."""
        return True if name in self.least.covered else None if name in self.most.covered else False

    def share(self, name: str) -> tuple[int, int]:
        """The least and the most that countries of concern and covered persons own of an entity, together."""
        return self.least.share.get(name, 0), self.most.share.get(name, 0)


def standings(graph: Graph, measure: Measure) -> Standings:
    """The standing of every entity of the graph."""
    return Standings(graph, measure, _Search(graph, measure, open_counts=False).run(), _most(graph, measure))


def _most(graph: Graph, measure: Measure) -> Reached:
    return _Search(graph, measure, open_counts=True).run()


class _Search:
    """One fixed point. With `open_counts` an unknown fact counts as if it were met."""

    def __init__(self, graph: Graph, measure: Measure, *, open_counts: bool) -> None:
        self.graph, self.measure, self.open = graph, measure, open_counts
        self.found = Reached()
        self.news: deque[str] = deque()

    def run(self) -> Reached:
        for entity in self.graph.entities.values():
            reason = self._by_itself(entity)
            if reason is not None:
                self._count(entity, reason, covered=True)
            if self.open and entity.entity == "organisation":
                self._add(entity, self.graph.undisclosed(entity.id), Reason.NOT_SAID)
        while self.news:
            self._pass_on(self.news.popleft())
        return self.found

    def _pass_on(self, name: str) -> None:
        """What follows from this entity's being counted, for those that it holds and those who work for it."""
        for owned, share in self.graph.held.get(name, {}).items():
            self._add(self.graph.entities[owned], share, Reason.OWNERS)
        if name in self.found.covered:
            self._staff(name)

    def _staff(self, employer: str) -> None:
        """202.211(a)(3): foreign individuals who work for a country of concern or for a covered entity."""
        for name in self.graph.staff.get(employer, ()):
            person = self.graph.entities[name]
            if self._holds(_foreign(person)):
                self._count(person, Reason.EMPLOYER, covered=True)

    def _add(self, owned: Entity, share: int, reason: Reason) -> None:
        if share <= 0:
            return
        total = self.found.share[owned.id] = self.found.share.get(owned.id, 0) + share
        if total >= self.measure.share:
            self._count(owned, reason, covered=self._holds(_foreign(owned)))

    def _count(self, entity: Entity, reason: Reason, *, covered: bool) -> None:
        new = entity.id not in self.found.counted
        if new:
            self.found.counted[entity.id] = reason
            self.news.append(entity.id)
        if covered and entity.id not in self.found.covered:
            self.found.covered[entity.id] = reason
            if not new:
                self._staff(entity.id)

    def _by_itself(self, entity: Entity) -> Reason | None:
        """What makes an entity a country of concern or a covered person without looking at others."""
        concern = self.measure.countries
        if entity.entity == "dispersed":
            return None
        if entity.entity == "country":
            return Reason.COUNTRY if entity.country in concern else None
        if self._holds(entity.designated):
            return Reason.DESIGNATED if entity.designated else Reason.NOT_SAID
        if not self._holds(_foreign(entity)):
            return None
        if entity.entity == "individual":
            return self._individual(entity)
        under, place = entity.organised_under, entity.principal_place
        if (under and under & concern) or place in concern:
            return Reason.PLACE
        return Reason.NOT_SAID if self.open and None in (under, place) else None

    def _individual(self, person: Entity) -> Reason | None:
        if person.residence in self.measure.countries:
            return Reason.RESIDENCE
        return Reason.NOT_SAID if self.open and None in (person.residence, person.employers) else None

    def _holds(self, value: bool | None) -> bool:
        return self.open if value is None else value


def _foreign(entity: Entity) -> bool | None:
    us_person = entity.us_person
    return None if us_person is None else not us_person
