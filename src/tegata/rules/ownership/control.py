"""Common control: who stands on the same side of a transfer, so that a transfer split among them is one.

The partition is built in rounds that do not depend on the order of the holdings. A group that together holds more than
half of an entity takes it in; when no more is to be had so, a group with exactly half takes an entity in where no other
group has as much. Two unrelated halves of a joint venture therefore do not become one group. States and dispersed
holders do not make a group: what one state owns elsewhere is not led from one place.
"""

from __future__ import annotations

from collections.abc import Iterator

from tegata.model.base import t
from tegata.rules.ownership.graph import Graph
from tegata.rules.ownership.share import WHOLE


def group_of(graph: Graph, entity: str) -> frozenset[str]:
    """All entities under common control with this one, itself included.

    Raises:
        FactError: there is no such entity.
    """
    graph.entity(entity, t("the one asked about", "照会の対象"))
    return next(group for group in groups(graph) if entity in group)


def groups(graph: Graph) -> Iterator[frozenset[str]]:
    """Every group under common control; one that stands alone is a group of one. Near-linear in the holdings."""
    return _Groups(graph).found()


class _Groups:
    """Disjoint sets of entities. `shares[e]` maps the root of a group to what its members hold of entity e."""

    def __init__(self, graph: Graph) -> None:
        self.root = {name: name for name in graph.entities}
        self.members = {name: [name] for name in graph.entities}
        self.held = {name: set(graph.held.get(name, ())) for name in graph.entities}
        leading = {name for name, entity in graph.entities.items() if entity.entity in ("organisation", "individual")}
        self.shares = {
            owned: {owner: share for owner, share in holders.items() if owner in leading}
            for owned, holders in graph.holders.items()
        }
        self.changed = set(self.shares)

    def found(self) -> Iterator[frozenset[str]]:
        halves: set[str] = set()
        while self.changed or halves:
            halves |= self._take_in_majorities()
            pairs = [(entity, holder) for entity in sorted(halves) if (holder := self._sole_half(entity)) is not None]
            halves = set()
            for entity, holder in pairs:
                self._join(entity, holder)
        return (frozenset(members) for members in self.members.values())

    def _take_in_majorities(self) -> set[str]:
        """Join until no group holds more than half of an outsider; entities of which some group holds just half."""
        halves = set()
        while self.changed:
            entity = self.changed.pop()
            for holder, share in self.shares[entity].items():
                if 2 * share > WHOLE:
                    self._join(entity, holder)
                    break
                if 2 * share == WHOLE:
                    halves.add(entity)
        return halves

    def _sole_half(self, entity: str) -> str | None:
        holders = [holder for holder, share in self.shares[entity].items() if 2 * share >= WHOLE]
        return holders[0] if len(holders) == 1 else None

    def _find(self, name: str) -> str:
        while self.root[name] != name:
            self.root[name] = self.root[self.root[name]]
            name = self.root[name]
        return name

    def _join(self, one: str, other: str) -> None:
        kept, gone = self._find(one), self._find(other)
        if kept == gone:
            return
        if len(self.held[kept]) + len(self.members[kept]) < len(self.held[gone]) + len(self.members[gone]):
            kept, gone = gone, kept
        self.root[gone] = kept
        self.members[kept] += self.members.pop(gone)
        for entity in self.held.pop(gone):
            shares = self.shares[entity]
            shares[kept] = shares.get(kept, 0) + shares.pop(gone, 0)
            self.held[kept].add(entity)
            self.changed.add(entity)
