"""Contract negotiations of one node, as provider and as consumer (DSP 2025-1).

What may happen stands in `wire.dsp.negotiation`; here is what happens: each message or step changes the row, posts the
next message and records the evidence in one transaction. A *step* is what a node does by itself in a state:

    provider   REQUESTED  decide, then send the agreement or terminate
    provider   VERIFIED   finalise
    consumer   OFFERED    accept
    consumer   AGREED     verify
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from tegata.clock import Clock
from tegata.contracts.consumer import ConsumerDesk
from tegata.contracts.decider import Decider
from tegata.contracts.provider import ProviderDesk
from tegata.contracts.terms import PERMITTED, offer_of
from tegata.evidence import EvidenceLog
from tegata.exchange import Answer, Book, Courier, Kind
from tegata.identity import peers
from tegata.model.catalog import Agreement, Dataset, Participant
from tegata.model.decision import Decision
from tegata.model.process import Message, Negotiation
from tegata.store import Store, Transaction, negotiations
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import Effect
from tegata.wire.dsp.negotiation import NEGOTIATION, NegotiationState
from tegata.wire.dsp.odrl import Offer

KIND: Final = Kind(
    name="negotiation",
    machine=NEGOTIATION,
    state=NegotiationState,
    event=m.negotiation_event,
    rows=negotiations,
    description=m.ContractNegotiation,
    termination=m.ContractNegotiationTerminationMessage,
)


class Contracts:
    """Negotiates. Methods that take a transaction belong inside the caller's; `step` and `request` make their own."""

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        courier: Courier,
        clock: Clock,
        decider: Decider,
        *,
        own_did: str,
        own_url: str,
    ) -> None:
        self._store = store
        self._courier = courier
        self._decider = decider
        self._book = Book(KIND, evidence, courier, clock, own_did)
        self.provider = ProviderDesk(store, self._book, evidence, clock, decider, own_did)
        self.consumer = ConsumerDesk(store, self._book, evidence, clock, own_did=own_did, own_url=own_url)
        self._steps: dict[tuple[str, str], Callable[[Negotiation], Awaitable[None]]] = {
            ("provider", "REQUESTED"): self.provider.decide,
            ("provider", "VERIFIED"): self.provider.finalise,
            ("consumer", "OFFERED"): self.consumer.accept,
            ("consumer", "AGREED"): self.consumer.verify,
        }

    def offer(self, dataset: Dataset, participant: Participant) -> Offer:
        """What this participant is offered: the terms under which it may have the data set today."""
        return offer_of(dataset, self._decider.decide(dataset, participant, search_paths=False))

    async def decide_again(self, process: str, peer: str, dataset: Dataset) -> Decision:
        """A decision on the data set as it is now, kept and recorded for `process`."""
        participant = await self._store.read(lambda tx: peers.find(tx, peer))
        decision = self._decider.decide(dataset, participant)
        await self._store.write(lambda tx: self.provider.record_decision(tx, process, peer, dataset, decision))
        return decision

    def stands(self, agreement: Agreement, dataset: Dataset, decision: Decision) -> bool:
        """Whether a decision leads to the very terms that were agreed."""
        return decision.outcome in PERMITTED and agreement.offer == offer_of(dataset, decision).id

    def open(self, tx: Transaction, sender: str, process: str, message: m.ContractRequestMessage) -> bytes:
        """A consumer's first request; the body of the answer. `process` is our id for the new negotiation."""
        return self._book.describe(self.provider.open(tx, sender, process, message))

    def receive(self, tx: Transaction, sender: str, process: str, message: m.NegotiationMessage) -> bytes:
        """Any later message of the counter-party, moved through the table. The answer has no body."""
        negotiation = self._book.get(tx, sender, process)
        self._book.hear(tx, negotiation, message, self._carry_out)
        return b""

    def show(self, tx: Transaction, sender: str, process: str) -> bytes:
        """The state of a negotiation, for its counter-party only."""
        return self._book.describe(self._book.get(tx, sender, process))

    def settle(self, tx: Transaction, message: Message, answer: Answer) -> bool:
        """What became of a message that we sent. False: it does not belong to a negotiation."""
        return self._book.settle(tx, message, answer)

    def unfinished(self, tx: Transaction) -> list[str]:
        """Negotiations that may owe a step: looked at after a restart."""
        return self._book.in_states(tx, {state for _, state in self._steps})

    def wake(self) -> None:
        """Something was posted: send it now."""
        self._courier.wake()

    async def step(self, process: str) -> None:
        """Take the step that the stored state asks for, if any."""
        negotiation = await self._store.read(lambda tx: negotiations.get(tx, process))
        take = self._steps.get((negotiation.role, negotiation.state)) if negotiation else None
        if negotiation is not None and take is not None:
            await take(negotiation)
            self.wake()

    def _carry_out(self, tx: Transaction, negotiation: Negotiation, message: Any, effect: Effect) -> dict[str, Any]:
        """What a message changes beside the state, as the table of the protocol names it."""
        match effect:
            case Effect.KEEP_OFFER if negotiation.role == "provider":
                return {"offer": message.offer.id}
            case Effect.KEEP_OFFER:
                self.consumer.check_offer(negotiation, message)
            case Effect.KEEP_AGREEMENT:
                return {"agreement": self.consumer.take_agreement(tx, negotiation, message)}
            case _:
                pass  # whether an agreement is in force is read from the state of its negotiation
        return {}
