"""Who is under common control with a participant: by its group in the register, and by who owns whom."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping, Set

from tegata.model.base import Noun
from tegata.model.catalog import Participant

Mark = tuple[str, str | int]
"""What members of one group have in common."""


class Control(Noun, frozen=True, kw_only=True):
    """Entities under common control, as an ownership file tells it: every group, those of one entity too."""

    groups: tuple[tuple[str, ...], ...] = ()


class Groups:
    """Participants and their groups. An entity of the ownership file is the participant whose id or registered name it
    has, however the name is written."""

    def __init__(self, control: Control) -> None:
        self._marks: dict[str, set[Mark]] = {}
        for number, group in enumerate(control.groups):
            for entity in group:
                self._marks.setdefault(_plain(entity), set()).add(("control", number))

    def lists(self, participant: Participant) -> bool:
        """Whether the ownership file has the participant."""
        return any(_plain(name) in self._marks for name in (participant.id, participant.name))

    def stands_alone(self, participant: Participant) -> bool:
        """Whether nothing can tie the participant to others, whoever they are."""
        return not self._marks_of(participant)

    def together(self, known: Iterable[Participant]) -> Mapping[str, Set[str]]:
        """For each of those known the ids of all under common control with it, itself included. That goes over others:
        who shares its group with one, and its owner with another, ties them."""
        found: dict[str, set[str]] = {}
        first: dict[Mark, str] = {}
        for one in known:
            mine = found.setdefault(one.id, {one.id})
            for mark in self._marks_of(one):
                other = found[first.setdefault(mark, one.id)]
                if other is not mine:
                    few, mine = sorted((mine, other), key=len)
                    mine |= few
                    found.update(dict.fromkeys(few, mine))
        return found

    def _marks_of(self, participant: Participant) -> set[Mark]:
        group = _plain(participant.group)
        marks: set[Mark] = {("group", group)} if group else set()
        return marks.union(*(self._marks.get(_plain(name), ()) for name in (participant.id, participant.name)))


@functools.lru_cache(10_000)
def _plain(name: str) -> str:
    """A name however it is written: width, case and spaces do not make another one."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
