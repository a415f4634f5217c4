"""Negotiations that this node began: ask, accept, check the agreement, verify."""

from __future__ import annotations

from collections.abc import Callable

from tegata.contracts.terms import keep_agreement, terms_digest
from tegata.exchange import Book, Home, new_id, paired
from tegata.model.catalog import Participant
from tegata.model.errors import ProtocolError
from tegata.model.process import Negotiation
from tegata.store import Transaction
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import step
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.odrl import Offer
from tegata.wire.dsp.policy import message_offer, read_agreement


class ConsumerDesk:
    """The consumer's half of `Contracts`."""

    def __init__(self, home: Home, book: Book[Negotiation]) -> None:
        self._home = home
        self._book = book

    async def request(
        self, peer: Participant, dataset: str, offer: Offer, keep: Callable[[Transaction, str], None]
    ) -> str:
        """Ask a provider for a data set under its offer. `keep` runs in the same transaction with the new id."""
        now = self._home.clock.now()
        process = new_id()
        message = m.ContractRequestMessage(
            consumer_pid=process, callback_address=self._home.url, offer=message_offer(offer, dataset)
        )
        negotiation = Negotiation(
            id=process,
            role="consumer",
            peer=peer.id,
            peer_url=peer.url,
            dataset=dataset,
            offer=offer.id,
            terms=terms_digest(offer),
            state=step(NEGOTIATION, None, m.negotiation_event(message), "consumer").next,
            created_at=now,
            updated_at=now,
        )

        def work(tx: Transaction) -> None:
            self._book.begin(tx, negotiation, message)
            keep(tx, process)

        await self._home.store.write(work)
        return process

    async def accept(self, negotiation: Negotiation) -> None:
        """OFFERED: take the offer, which is the one that we asked for (`check_offer` sees to it)."""
        message = m.ContractNegotiationEventMessage(**paired(negotiation), event_type="ACCEPTED")
        await self._home.store.write(lambda tx: self._book.say(tx, negotiation, message))

    async def verify(self, negotiation: Negotiation) -> None:
        """AGREED: confirm the agreement, which was checked when it was received."""
        message = m.ContractAgreementVerificationMessage(**paired(negotiation))
        await self._home.store.write(lambda tx: self._book.say(tx, negotiation, message))

    def take_agreement(self, tx: Transaction, negotiation: Negotiation, message: m.ContractAgreementMessage) -> str:
        """Keep a provider's agreement; ProtocolError when it is not between us, or not about what we asked for."""
        agreement = read_agreement(message, received_at=self._home.clock.now())
        ours = (negotiation.dataset, negotiation.peer, self._home.did)
        if (agreement.dataset, agreement.provider, agreement.consumer) != ours:
            raise ProtocolError("the agreement is not about this data set between these two participants")
        if terms_digest(message.agreement) != negotiation.terms:
            raise ProtocolError("the agreement does not hold the terms that were asked for")
        keep_agreement(tx, self._home.evidence, negotiation, agreement, self._home.clock.now())
        return agreement.id

    def check_offer(self, negotiation: Negotiation, message: m.ContractOfferMessage) -> None:
        """A provider may offer again what we asked for. Other terms are for a person to read: ProtocolError."""
        if (message.offer.id, terms_digest(message.offer)) != (negotiation.offer, negotiation.terms):
            raise ProtocolError(f"offer `{message.offer.id}` is not the one that was asked for, term by term")
