"""The transition tables against the specification's state tables, typed in by hand in another form."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tegata.model.errors import ProtocolError
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import Effect, Machine, step
from tegata.wire.dsp.negotiation import NEGOTIATION, NegotiationEvent, NegotiationState
from tegata.wire.dsp.transfer import TRANSFER, TransferEvent, TransferState

# state: next(who may send it), c consumer, p provider, b both; parentheses with ! where only the prose allows it
NEGOTIATION_AS_SPECIFIED = """
-          requested=c offered=p
REQUESTED  offered=p agreed=p terminated=b
OFFERED    requested=c accepted=c terminated=b
ACCEPTED   agreed=p terminated=p!c
AGREED     verified=c terminated=c!p
VERIFIED   finalized=p terminated=p!c
FINALIZED
TERMINATED
"""
TRANSFER_AS_SPECIFIED = """
-          requested=c
REQUESTED  started=p terminated=b
STARTED    completed=b suspended=b terminated=b
SUSPENDED  started=b terminated=b
COMPLETED
TERMINATED
"""
# Which message brings a process into which state: one each, in both machines.
BROUGHT_BY = {
    "REQUESTED": "REQUEST",
    "OFFERED": "OFFER",
    "ACCEPTED": "ACCEPTED",
    "AGREED": "AGREEMENT",
    "VERIFIED": "VERIFICATION",
    "FINALIZED": "FINALIZED",
    "TERMINATED": "TERMINATION",
    "STARTED": "START",
    "COMPLETED": "COMPLETION",
    "SUSPENDED": "SUSPENSION",
}
SENDERS = {"c": ["consumer"], "p": ["provider"], "b": ["consumer", "provider"]}


def _oracle(text: str) -> dict[tuple[str, str, str], tuple[str, bool]]:
    """(state, event, sender) -> (next, drawn)"""
    moves = {}
    for line in text.strip().splitlines():
        state, *nexts = line.split()
        for word in nexts:
            after, who = word.upper().split("=")
            drawn, _, told = who.lower().partition("!")
            for letter, is_drawn in [(drawn, True), *([(told, False)] if told else [])]:
                for sender in SENDERS[letter]:
                    moves[state, BROUGHT_BY[after], sender] = (after, is_drawn)
    return moves


MACHINES = [
    (NEGOTIATION, NegotiationState, NegotiationEvent, NEGOTIATION_AS_SPECIFIED),
    (TRANSFER, TransferState, TransferEvent, TRANSFER_AS_SPECIFIED),
]


@pytest.mark.parametrize(("machine", "states", "events", "text"), MACHINES)
def test_every_state_message_and_sender(machine: Machine[Any, Any], states: Any, events: Any, text: str) -> None:
    oracle = _oracle(text)
    for state, event, sender in itertools.product([None, *states], events, ["consumer", "provider"]):
        expected = oracle.pop((state.name if state else "-", event.name, sender), None)
        if expected is None:
            with pytest.raises(ProtocolError, match="not legal") as refused:
                step(machine, state, event, sender)
            assert refused.value.status == 400
        else:
            row = step(machine, state, event, sender)
            assert (row.next.name, row.drawn) == expected
            assert (row.state, row.event, row.sender) == (state, event, sender)
    assert not oracle
    assert len(machine.rows) == len(machine.table)


@pytest.mark.parametrize(("machine", "states", "events", "text"), MACHINES)
def test_final_states_take_nothing_more(machine: Machine[Any, Any], states: Any, events: Any, text: str) -> None:
    final = {line.strip() for line in text.splitlines() if line and len(line.split()) == 1}
    assert {state.name for state in states if machine.is_final(state)} == final


def test_the_refusal_says_what_would_be_legal() -> None:
    with pytest.raises(ProtocolError) as refused:
        step(NEGOTIATION, NegotiationState.OFFERED, NegotiationEvent.ACCEPTED, "provider")
    assert str(refused.value) == (
        "`ContractNegotiationEventMessage:ACCEPTED` from the provider is not legal while the contract negotiation is "
        "OFFERED; legal now from the provider: ContractNegotiationTerminationMessage"
    )


def test_effects_stand_with_the_moves_that_have_them() -> None:
    assert {row.next.name for row in NEGOTIATION.table if Effect.KEEP_AGREEMENT in row.effects} == {"AGREED"}
    assert {row.next.name for row in NEGOTIATION.table if Effect.AGREEMENT_IN_FORCE in row.effects} == {"FINALIZED"}
    assert all((Effect.OPEN_DATA in row.effects) == (row.next.name == "STARTED") for row in TRANSFER.table)
    assert all((Effect.CLOSE_DATA in row.effects) == (row.state == "STARTED") for row in TRANSFER.table)


PIDS = {"provider_pid": "urn:uuid:1", "consumer_pid": "urn:uuid:2"}


def test_messages_name_their_events() -> None:
    accepted = m.ContractNegotiationEventMessage(**PIDS, event_type="ACCEPTED")
    finalized = m.ContractNegotiationEventMessage(**PIDS, event_type="FINALIZED")
    assert m.negotiation_event(accepted) is NegotiationEvent.ACCEPTED
    assert m.negotiation_event(finalized) is NegotiationEvent.FINALIZED
    names = {kind.__name__ for kind in m.NegotiationMessage.__args__}
    assert names == {event.partition(":")[0] for event in NegotiationEvent}
    assert {kind.__name__ for kind in m.TransferMessage.__args__} == set(TransferEvent)
    assert m.transfer_event(m.TransferCompletionMessage(**PIDS)) is TransferEvent.COMPLETION


@pytest.mark.parametrize("machine", [NEGOTIATION, TRANSFER])
def test_no_move_leads_from_a_state_to_itself(machine: Machine[Any, Any]) -> None:
    """So a repetition of a message is never legal where its first effect left the process (`exchange.inbox`)."""
    assert [row for row in machine.table if row.state is row.next] == []
    assert all(machine.allows(row.state, row.event, row.sender) for row in machine.table)
