"""Both sides moved at the same moment, or a message was refused for no good reason: what makes their states the same.

The protocol has no such rule. This one needs no agreement between the peers: each side looks at the other's state and
does its own part, and both parts lead to the same state (`tests/world/test_explorer.py` tries every interleaving).
Of two states in which a process can rest the stronger one wins: what was finalised or delivered cannot be undone by
somebody who did not know of it yet, and a door that one side has shut stays shut.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic

from tegata.model.process import OTHER, Role
from tegata.wire.dsp.machine import E, Machine, S, Transition


class Remedy(enum.Enum):
    """What our side does about two different states."""

    NOTHING = "both are in the same state"
    ADOPT = "take over the peer's state"
    REPEAT = "say once more what has brought us to our state"
    END = "terminate, and say so: the process cannot go on"
    WAIT = "it is the peer's to move; look again later"


@dataclass(frozen=True, slots=True)
class Settlement(Generic[E]):
    """`events` are the messages to repeat, for REPEAT only."""

    remedy: Remedy
    events: tuple[E, ...] = ()


def settle(machine: Machine[S, E], role: Role, ours: S, theirs: S, left: S | None = None) -> Settlement[E]:
    """What we do when the peer's state is found to be `theirs`.

    Args:
        role: our own.
        left: the state in which we terminated the process, when we did.
    """
    if ours is theirs:
        return Settlement(Remedy.NOTHING)
    if _strength(machine, theirs) > _strength(machine, ours):
        if theirs in _reachable(machine, left or ours, OTHER[role]):
            return Settlement(Remedy.ADOPT)
        return Settlement(Remedy.WAIT if machine.is_final(ours) else Remedy.END)
    if _strength(machine, ours) == _strength(machine, theirs):
        return Settlement(Remedy.END)  # neither rests: a message of ours was refused for what it says
    if events := _road(machine, role, theirs, ours):
        return Settlement(Remedy.REPEAT, events)
    return Settlement(Remedy.WAIT if machine.is_final(ours) else Remedy.END)


def may_cross(machine: Machine[S, E], ours: S) -> bool:
    """Whether a message of the peer that we take in state `ours` may have met one of ours that is unanswered.

    Only where a process can go back and forth does this matter: elsewhere the peer's message shows that it knew ours.
    """
    return ours in machine.rests


def must_wait(machine: Machine[S, E], row: Transition[S, E]) -> bool:
    """Whether a move of ours has to wait for the answer to our last message, and until a dispute is over.

    To end a process is always possible.
    """
    return row.state in machine.rests and not _terminates(machine, row)


def _terminates(machine: Machine[S, E], row: Transition[S, E]) -> bool:
    return row.event is machine.endings[0]


def _road(machine: Machine[S, E], role: Role, start: S, end: S) -> tuple[E, ...]:
    """The shortest way for the peer from one state to the other by messages of ours that it cannot object to."""
    roads: dict[S, tuple[E, ...]] = {start: ()}
    waiting = [start]
    while waiting and end not in roads:
        here = waiting.pop(0)
        for row in machine.table:
            if (row.state, row.sender) == (here, role) and row.next not in roads and _bare(machine, row):
                roads[row.next] = (*roads[here], row.event)
                waiting.append(row.next)
    return roads.get(end, ())


def _bare(machine: Machine[S, E], row: Transition[S, E]) -> bool:
    """A message without content of its own: an ending, or one out of a state that the process was in before."""
    return row.event in machine.endings or row.state in machine.rests


def _strength(machine: Machine[S, E], state: S) -> int:
    """0 for states that are passed through."""
    return machine.rests.index(state) + 1 if state in machine.rests else 0


def _reachable(machine: Machine[S, E], start: S, sender: Role) -> set[S]:
    """Where messages of one side alone can lead: a peer that claims another state does not tell the truth."""
    found, new = {start}, [start]
    while new:
        new = [state for state in _next(machine, new.pop(), sender) if state not in found] + new
        found |= set(new)
    return found


def _next(machine: Machine[S, E], state: S, sender: Role) -> Iterator[S]:
    return (row.next for row in machine.table if row.state is state and row.sender == sender)
