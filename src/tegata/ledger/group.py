"""Who is under common control with a participant: by its group in the register, and by who owns whom."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

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

    def members(self, participant: Participant, known: Iterable[Participant]) -> list[str]:
        """Ids of the participant and of all known ones under common control with it, over others too: who shares its
        group with one, and its owner with another, ties them."""
        marks = {one.id: self._marks_of(one) for one in (*known, participant)}
        found, reached = {participant.id}, set(marks[participant.id])
        while more := _touching(marks, reached) - found:
            found |= more
            reached.update(*(marks[one] for one in more))
        return sorted(found)

    def _marks_of(self, participant: Participant) -> set[Mark]:
        group = _plain(participant.group)
        marks: set[Mark] = {("group", group)} if group else set()
        return marks.union(*(self._marks.get(_plain(name), ()) for name in (participant.id, participant.name)))


def _touching(marks: Mapping[str, set[Mark]], reached: set[Mark]) -> set[str]:
    return {one for one, has in marks.items() if not has.isdisjoint(reached)}


def _plain(name: str) -> str:
    """A name however it is written: width, case and spaces do not make another one."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
