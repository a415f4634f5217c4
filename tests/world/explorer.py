"""Every way in which two peers can move one process, tried exhaustively over the very table that the product runs.

A world is both sides' states and what is under way between them. Each side makes any legal move at any time, up to a
number of moves; its messages leave in order, one at a time (`exchange.courier`), arrive whenever they like, and so do
their answers: a lost or repeated message is one that takes longer, because a repetition gets the first answer again.
Who has suspended a transfer lets it go on, nobody else (`transfer.orders`). A crash changes nothing here, because state
and message are written together; the mutants below take that away.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tegata.model.process import OTHER, Role
from tegata.wire.dsp.dispute import Remedy, may_cross, must_wait, settle
from tegata.wire.dsp.machine import Machine

ROLES: tuple[Role, Role] = ("consumer", "provider")


class Fault(enum.Enum):
    """A control of the product that is taken away."""

    NOTHING = "the product as it is"
    FORGETFUL = "a repeated message has its effect again"
    SPLIT = "a crash parts the new state from its message"
    TRUSTFUL = "a refused message is taken for good: nobody looks at the other's state"
    HASTY = "a side moves on before its last message is answered"
    BLIND = "messages that met on the way are not noticed"


@dataclass(frozen=True)
class Sent:
    """A message under way; `answer` None until the receiver has looked at it."""

    event: Any
    answer: bool | None = None


@dataclass(frozen=True)
class Side:
    """One peer. `left`: the state that it terminated; `disputed`: a message of its own was refused."""

    state: Any
    left: Any = None
    outbox: tuple[Sent, ...] = ()
    disputed: bool = False
    held_by: Role | None = None
    moves: int = 0

    def turned(self, state: Any, by: Role, **changes: Any) -> Side:
        """In another state, which `by` has brought about."""
        return replace(self, state=state, held_by=by if str(state) == "SUSPENDED" else None, **changes)


@dataclass(frozen=True)
class World:
    consumer: Side
    provider: Side

    def side(self, role: Role) -> Side:
        return self.consumer if role == "consumer" else self.provider

    def put(self, role: Role, side: Side) -> World:
        return replace(self, consumer=side) if role == "consumer" else replace(self, provider=side)

    @property
    def quiet(self) -> bool:
        return not any(side.outbox or side.disputed for side in (self.consumer, self.provider))

    @property
    def agreed(self) -> bool:
        return self.consumer.state is self.provider.state


@dataclass
class Explorer:
    """Walks all worlds of a machine. `most`: own moves of each side."""

    machine: Machine[Any, Any]
    most: int
    fault: Fault = Fault.NOTHING
    seen: dict[World, World | None] = field(default_factory=dict)  # with the world that it came from

    def silent_differences(self) -> list[World]:
        """Quiet worlds in which the peers are in different states, once everything has been tried."""
        waiting = list(self.beginnings())
        self.seen = dict.fromkeys(waiting)
        while waiting:
            world = waiting.pop()
            for following in self.steps(world):
                if following not in self.seen:
                    self.seen[following] = world
                    waiting.append(following)
        return [world for world in self.seen if world.quiet and not world.agreed]

    def restless(self, most: int = 50) -> list[World]:
        """Worlds that do not come to rest within `most` steps although nobody makes a new move."""
        return [world for world in self.seen if not self._rests(world, most)]

    def path(self, world: World) -> list[World]:
        """How it came to that, from the beginning."""
        found: list[World] = []
        here: World | None = world
        while here is not None:
            found.append(here)
            here = self.seen[here]
        return found[::-1]

    def beginnings(self) -> Iterator[World]:
        """After the first message, whoever sent it, was answered."""
        for row in self.machine.table:
            if row.state is None:
                yield World(Side(row.next), Side(row.next))

    def steps(self, world: World) -> Iterator[World]:
        for role in ROLES:
            yield from self._moves(world, role)
            yield from self._settling(world, role)

    def _moves(self, world: World, role: Role) -> Iterator[World]:
        side = world.side(role)
        if side.moves == self.most:
            return
        for row in self.machine.table:
            if (row.state, row.sender) != (side.state, role) or self._held(side, row, OTHER[role]):
                continue
            unsettled = side.disputed or bool(side.outbox)
            if self.fault is Fault.HASTY or not (unsettled and must_wait(self.machine, row)):
                yield world.put(role, self._said(side, row, role))
                if self.fault is Fault.SPLIT:
                    yield world.put(role, side.turned(row.next, role, moves=side.moves + 1))

    def _said(self, side: Side, row: Any, role: Role) -> Side:
        left = side.state if str(row.next) == "TERMINATED" else side.left
        outbox = (*side.outbox, Sent(row.event))
        return side.turned(row.next, role, left=left, outbox=outbox, moves=side.moves + 1)

    def _held(self, side: Side, row: Any, by: Role) -> bool:
        """Whether `by` holds up what the move would let go on."""
        return side.held_by == by and str(row.next) == "STARTED"

    def _settling(self, world: World, role: Role) -> Iterator[World]:
        side = world.side(role)
        if side.outbox:
            head = side.outbox[0]
            if head.answer is None or self.fault is Fault.FORGETFUL:
                yield self._arrives(world, role)
            if head.answer is not None:
                yield self._answered(world, role)
        if side.disputed and not side.outbox:
            yield self._looks(world, role)

    def _arrives(self, world: World, role: Role) -> World:
        side, there = world.side(role), world.side(OTHER[role])
        row = self.machine.rows.get((there.state, side.outbox[0].event, role))
        taken = row is not None and not self._held(there, row, OTHER[role])
        first = replace(side.outbox[0], answer=taken or bool(side.outbox[0].answer))
        world = world.put(role, replace(side, outbox=(first, *side.outbox[1:])))
        if not taken or row is None:
            return world
        crossed = self.fault is not Fault.BLIND and bool(there.outbox) and may_cross(self.machine, there.state)
        return world.put(OTHER[role], there.turned(row.next, role, disputed=there.disputed or crossed))

    def _answered(self, world: World, role: Role) -> World:
        side = world.side(role)
        refused = not side.outbox[0].answer and self.fault is not Fault.TRUSTFUL
        return world.put(role, replace(side, outbox=side.outbox[1:], disputed=side.disputed or refused))

    def _looks(self, world: World, role: Role) -> World:
        """What `exchange` does about a refusal, with the product's own rule."""
        side, theirs = world.side(role), world.side(OTHER[role]).state
        found = settle(self.machine, role, side.state, theirs, side.left)
        calm = replace(side, disputed=False)
        match found.remedy:
            case Remedy.NOTHING:
                return world.put(role, calm)
            case Remedy.ADOPT:
                return world.put(role, calm.turned(theirs, OTHER[role]))
            case Remedy.REPEAT:
                return world.put(role, replace(side, outbox=(*side.outbox, *map(Sent, found.events))))
            case Remedy.END:
                (row,) = (r for r in self.machine.table if self._ends(r, side.state, role))
                return world.put(role, replace(self._said(calm, row, role), moves=side.moves))
        return world

    def _ends(self, row: Any, state: Any, role: Role) -> bool:
        return (row.state, row.sender, str(row.next)) == (state, role, "TERMINATED")

    def _rests(self, world: World, most: int) -> bool:
        for turn in range(most):
            if world.quiet:
                return True
            following = [step for role in ROLES for step in self._settling(world, role) if step != world]
            if not following:
                return False
            world = following[turn % len(following)]  # everybody comes to it
        return False
