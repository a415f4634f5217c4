"""Two peers over a channel that loses, doubles and reorders, explored exhaustively over the transition tables.

A message that was sent may arrive at any time, any number of times, or never. A receiver that knows a message already
does nothing; one for which it is not legal refuses it (400) and stays. Each side may send whatever its state allows, at
most `sends` messages. Both peers follow the very rows that the services follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tegata.model.process import Role
from tegata.wire.dsp.machine import Machine, Transition
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.transfer import TRANSFER


class World(NamedTuple):
    """States of consumer and provider; what each sent, in order; which of the other's messages each has taken."""

    states: tuple[str, str]
    sent: tuple[tuple[str, ...], tuple[str, ...]]
    taken: tuple[frozenset[int], frozenset[int]]


SIDES: tuple[Role, Role] = ("consumer", "provider")


def _replaced(pair: tuple[Any, Any], side: int, value: Any) -> Any:
    return (value, pair[1]) if side == 0 else (pair[0], value)


def _successors(world: World, rows: dict[Any, str], sends: int) -> list[World]:
    found = []
    for side, role in enumerate(SIDES):
        state, other = world.states[side], 1 - side
        for (before, event, sender), after in rows.items():
            if before == state and sender == role and len(world.sent[side]) < sends:
                sent = _replaced(world.sent, side, (*world.sent[side], event))
                found.append(world._replace(states=_replaced(world.states, side, after), sent=sent))
        for index, event in enumerate(world.sent[other]):
            after = rows.get((state, event, SIDES[other]))
            if after and index not in world.taken[side]:
                taken = _replaced(world.taken, side, world.taken[side] | {index})
                found.append(World(_replaced(world.states, side, after), world.sent, taken))
    return found


def explore(table: Iterable[Transition[Any, Any]], sends: int) -> set[World]:
    """All worlds that can come to be when both peers follow these rows."""
    rows = {(str(row.state or "-"), str(row.event), row.sender): str(row.next) for row in table}
    start = World(("-", "-"), ((), ()), (frozenset(), frozenset()))
    seen, todo = {start}, [start]
    while todo:
        for world in _successors(todo.pop(), rows, sends):
            if world not in seen:
                seen.add(world)
                todo.append(world)
    return seen


def ends_apart(
    machine: Machine[Any, Any], table: Iterable[Transition[Any, Any]], sends: int = 10
) -> set[tuple[str, str]]:
    """Reachable pairs of different final states (consumer, provider): nothing legal brings those two together again."""
    final = {str(row.next) for row in machine.table if machine.is_final(row.next)}
    pairs = {world.states for world in explore(table, sends)}
    assert {(end, end) for end in final} <= pairs
    return {pair for pair in pairs if set(pair) <= final and pair[0] != pair[1]}


DRAWN = [row for row in NEGOTIATION.table if row.drawn]
LATE = [row for row in NEGOTIATION.table if not row.drawn]


def test_the_diagram_keeps_both_peers_together() -> None:
    assert ends_apart(NEGOTIATION, DRAWN) == set()
    assert len(explore(DRAWN, 10)) > 5000


def test_the_prose_lets_a_consumer_terminate_what_the_provider_finalises() -> None:
    """Known: conformance asks for the consumer's late termination, and then the two can end apart. The services must
    notice (a message is refused, or a final event comes late) and ask the peer for its state."""
    assert ends_apart(NEGOTIATION, NEGOTIATION.table) == {("TERMINATED", "FINALIZED")}


def test_only_one_of_the_late_choices_does_it() -> None:
    culprits = [row for row in LATE if ends_apart(NEGOTIATION, [*DRAWN, row])]
    assert [(row.state, row.sender) for row in culprits] == [("VERIFIED", "consumer")]
    assert len(LATE) == 3


def test_transfers_can_end_apart_as_drawn() -> None:
    """Known: both sides may end a started transfer at the same moment, one completing, the other terminating."""
    assert ends_apart(TRANSFER, TRANSFER.table, sends=5) == {("COMPLETED", "TERMINATED"), ("TERMINATED", "COMPLETED")}
