"""State machines as data: one literal table of transitions per machine, and a pure step through it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tegata.model.errors import ProtocolError
from tegata.model.process import Role

S = TypeVar("S", bound=enum.StrEnum)
E = TypeVar("E", bound=enum.StrEnum)


class Effect(enum.Enum):
    """What a service makes durable together with the new state, or does right after it."""

    KEEP_OFFER = "the offer in the message becomes the one under discussion"
    KEEP_AGREEMENT = "the agreement in the message is kept, not yet in force"
    AGREEMENT_IN_FORCE = "transfers may refer to the agreement from now on"
    OPEN_DATA = "the data address becomes usable"
    CLOSE_DATA = "the data address stops being usable"


@dataclass(frozen=True, slots=True)
class Transition(Generic[S, E]):
    """A legal move: in `state`, the message `event` from `sender` leads to `next`.

    `state` None: the process does not exist yet. `drawn` False: the prose of the specification allows the move, its
    state diagram does not; such a late choice can cross the peer's own.
    """

    state: S | None
    event: E
    sender: Role
    next: S
    effects: tuple[Effect, ...] = ()
    drawn: bool = True


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """A transition table. `name` is what the process is called in error messages.

    `rests`: states in which a process can stay, the weakest first; `endings`: messages that end it and hold nothing
    which the peer could object to, termination first. Both serve `dispute.settle`.
    """

    name: str
    table: tuple[Transition[S, E], ...]
    rests: tuple[S, ...] = ()
    endings: tuple[E, ...] = ()
    rows: dict[tuple[S | None, E, Role], Transition[S, E]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {(row.state, row.event, row.sender): row for row in self.table})

    def is_final(self, state: S) -> bool:
        """Whether no message leads out of the state."""
        return all(row.state is not state for row in self.table)

    def allows(self, state: S | None, event: E, sender: Role) -> bool:
        """Whether a message is legal in a state."""
        return (state, event, sender) in self.rows


def step(machine: Machine[S, E], state: S | None, event: E, sender: Role) -> Transition[S, E]:
    """The move that a message makes, for either side: by the sender before it sends, by the receiver on receipt.

    Raises:
        ProtocolError: status 400 when the message is not legal in this state from this sender (DSP 2025-1, "invalid
            state transition").
    """
    row = machine.rows.get((state, event, sender))
    if row is not None:
        return row
    legal = sorted({row.event for row in machine.table if row.state is state and row.sender == sender})
    raise ProtocolError(
        f"`{event}` from the {sender} is not legal while the {machine.name} is {state or 'not started'}",
        hint=f"legal now from the {sender}: {', '.join(legal) or 'nothing'}",
    )
