"""Negotiations that this node began: ask, accept, check the agreement, verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import UNSET

from tegata.contracts.callback import check_callback
from tegata.contracts.terms import keep_agreement, terms_digest
from tegata.exchange import Book, Home, new_id, paired
from tegata.model.base import Text
from tegata.model.catalog import Participant
from tegata.model.errors import ProtocolError
from tegata.model.process import Negotiation
from tegata.store import Transaction, acquisitions, negotiations, participants
from tegata.store.acquisitions import StoredAcquisition
from tegata.store.processes import count_offers
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import step
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.odrl import Offer
from tegata.wire.dsp.policy import conditions_of, message_offer, read_agreement

MOST_OFFERS: Final = 50
"""So many offers of one participant wait for our operator at a time."""


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

    def open(self, tx: Transaction, sender: str, process: str, message: m.ContractOfferMessage) -> Negotiation:
        """An offer that we have not asked for: it waits for our operator. `process` is our id for the new negotiation;
        the same `providerPid` again is the same negotiation. Only participants in the register may offer."""
        if message.callback_address is UNSET or message.offer.target is UNSET:
            raise ProtocolError("a first offer names `callbackAddress` and the `target` of its offer")
        before = negotiations.of_peer(tx, sender, message.provider_pid, "consumer")
        if before is not None:
            return _same(before, message)
        if participants.get(tx, sender) is None:
            raise ProtocolError("offers of participants who are not in the register are not taken")
        if count_offers(tx, sender) >= MOST_OFFERS:  # later there may be room: its courier tries again
            raise ProtocolError("too many offers of this participant wait for an answer", status=429)
        check_callback(tx, sender, message.callback_address)
        now, dataset = self._home.clock.now(), message.offer.target
        negotiation = Negotiation(
            id=process,
            role="consumer",
            peer=sender,
            peer_pid=message.provider_pid,
            peer_url=message.callback_address,
            dataset=dataset,
            offer=message.offer.id,
            terms=terms_digest(message.offer),
            proposed=conditions_of(message.offer),
            state=step(NEGOTIATION, None, m.negotiation_event(message), "provider").next,
            created_at=now,
            updated_at=now,
        )
        self._book.begin(tx, negotiation)
        acquisitions.put(tx, StoredAcquisition(negotiation=process, title=Text(en=dataset, ja=dataset)))
        return negotiation

    async def accept(self, negotiation: Negotiation) -> None:
        """OFFERED: take the offer, which is the one that we asked for: another waits for our operator (`weigh`)."""
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

    def weigh(self, negotiation: Negotiation, message: m.ContractOfferMessage) -> dict[str, Any]:
        """A provider may offer again what we asked for, and we go on; other terms wait for our operator.

        Raises:
            ProtocolError: it is about another data set, or holds what this node cannot carry out.
        """
        offer, terms = message.offer, terms_digest(message.offer)
        if (offer.id, terms) == (negotiation.offer, negotiation.terms):
            return {}
        if offer.target != negotiation.dataset:
            raise ProtocolError(f"offer `{offer.id}` is not about the data set that was asked for")
        return {"offer": offer.id, "terms": terms, "proposed": conditions_of(offer)}


def _same(negotiation: Negotiation, message: m.ContractOfferMessage) -> Negotiation:
    """The negotiation that a repetition is about."""
    if (negotiation.dataset, negotiation.offer) != (message.offer.target, message.offer.id):
        raise ProtocolError("`providerPid` is that of another negotiation")
    return negotiation
