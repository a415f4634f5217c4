"""Contract negotiations of one node, as provider and as consumer (DSP 2025-1).

What may happen stands in `wire.dsp.negotiation`; here is what happens: each message or step changes the row, posts the
next message and records the evidence in one transaction. A *step* is what a node does by itself in a state:

    provider   REQUESTED  decide, then send the agreement or terminate
    provider   ACCEPTED   the same, for an offer of ours
    provider   VERIFIED   finalise
    consumer   OFFERED    accept what we asked for; another offer waits for the operator
    consumer   AGREED     verify
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from tegata.contracts.consumer import ConsumerDesk
from tegata.contracts.decider import Decider
from tegata.contracts.orders import ORDERS
from tegata.contracts.provider import ProviderDesk
from tegata.contracts.terms import PERMITTED, offer_of
from tegata.exchange import Book, Home, Kind, Service, paired, termination_of
from tegata.exchange.service import Order, Steps
from tegata.identity import peers
from tegata.model.catalog import Agreement, Dataset, Participant
from tegata.model.decision import Decision
from tegata.model.process import Negotiation
from tegata.store import Transaction, negotiations
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import Effect
from tegata.wire.dsp.negotiation import NEGOTIATION, NegotiationEvent, NegotiationState
from tegata.wire.dsp.odrl import Offer

KIND: Final = Kind(
    name="negotiation",
    machine=NEGOTIATION,
    state=NegotiationState,
    event=m.negotiation_event,
    rows=negotiations,
    description=m.ContractNegotiation,
    termination=m.ContractNegotiationTerminationMessage,
    repeats={
        NegotiationEvent.TERMINATION: termination_of(m.ContractNegotiationTerminationMessage),
        NegotiationEvent.FINALIZED: lambda one: m.ContractNegotiationEventMessage(
            **paired(one), event_type="FINALIZED"
        ),
    },
    adopted=lambda _, __: {},
)


def unattended(contracts: Contracts) -> Steps[Negotiation]:
    """What a node does that nobody attends to: the steps at the head of this module."""
    return {
        ("provider", "REQUESTED"): contracts.provider.decide,
        ("provider", "ACCEPTED"): contracts.provider.decide,
        ("provider", "VERIFIED"): contracts.provider.finalise,
        ("consumer", "OFFERED"): contracts.consumer.accept,
        ("consumer", "AGREED"): contracts.consumer.verify,
    }


class Contracts(Service[Negotiation]):
    """Negotiates. `consumer.request` and `provider.propose` begin a negotiation of our own, `open` one of a peer.

    Args:
        steps: what the node does by itself.
        unable: verbs of conditions that this node cannot carry out.
    """

    orders: Mapping[str, Order[Negotiation]] = ORDERS

    def __init__(
        self,
        home: Home,
        decider: Decider,
        steps: Callable[[Contracts], Steps[Negotiation]] = unattended,
        unable: Collection[str] = (),
    ) -> None:
        book = Book(KIND, home)
        self._decider = decider
        self.provider = ProviderDesk(home, book, decider, unable)
        self.consumer = ConsumerDesk(home, book)
        super().__init__(home, book, steps(self))

    def step_of(self, process: Negotiation) -> Callable[[Negotiation], Awaitable[None]] | None:
        if (process.state, process.role) == ("OFFERED", "consumer") and process.proposed is not None:
            return None  # it is our operator's to take or to refuse
        return super().step_of(process)

    def offer(self, tx: Transaction, dataset: Dataset, participant: Participant) -> Offer:
        """What this participant is offered: the terms under which it may have the data set today."""
        return offer_of(dataset, self.outlook(tx, dataset, participant))

    def outlook(self, tx: Transaction, dataset: Dataset, participant: Participant) -> Decision:
        """What would be decided today if this participant asked for the data set. Nothing is kept of it."""
        return self._decider.decide(tx, dataset, participant, search_paths=False)

    async def decide_again(self, process: str, peer: str, dataset: Dataset) -> Decision:
        """A decision on the data set as it is now, kept and recorded for `process`."""
        decision = await self._home.store.read(lambda tx: self._decider.decide(tx, dataset, peers.find(tx, peer)))
        await self._home.store.write(lambda tx: self.provider.record_decision(tx, process, peer, dataset, decision))
        return decision

    def confirmed(self, tx: Transaction, process: str, peer: str, dataset: Dataset, decision: Decision) -> Decision:
        """The decision, or another where more people have gone to the peer or its group since: kept and recorded.

        To be asked in the transaction that reserves, so that nobody else reserves in between.
        """
        participant = peers.find(tx, peer)
        if self._decider.holds(tx, decision, dataset, participant):
            return decision
        decision = self._decider.decide(tx, dataset, participant, search_paths=False)
        self.provider.record_decision(tx, process, peer, dataset, decision)
        return decision

    def stands(self, agreement: Agreement, dataset: Dataset, decision: Decision) -> bool:
        """Whether a decision leads to the very terms that were agreed."""
        return decision.outcome in PERMITTED and agreement.offer == offer_of(dataset, decision).id

    def open(
        self, tx: Transaction, sender: str, process: str, message: m.ContractRequestMessage | m.ContractOfferMessage
    ) -> bytes:
        """A consumer's first request, or a provider's first offer; the body of the answer. `process` is our id for the
        new negotiation."""
        if isinstance(message, m.ContractOfferMessage):
            return self._book.describe(self.consumer.open(tx, sender, process, message))
        return self._book.describe(self.provider.open(tx, sender, process, message))

    def carry_out(self, tx: Transaction, process: Negotiation, message: Any, effect: Effect) -> dict[str, Any]:
        """What a message changes beside the state, as the table of the protocol names it."""
        match effect:
            case Effect.KEEP_OFFER if process.role == "provider":
                return {"offer": message.offer.id}
            case Effect.KEEP_OFFER:
                return self.consumer.weigh(process, message)
            case Effect.KEEP_AGREEMENT:
                return {"agreement": self.consumer.take_agreement(tx, process, message)}
            case _:
                pass  # whether an agreement is in force is read from the state of its negotiation
        return {}
