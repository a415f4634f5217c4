"""Negotiations that others began: decide, agree or refuse, finalise."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from msgspec import UNSET

from tegata.contracts.callback import check_callback
from tegata.contracts.decider import Decider
from tegata.contracts.reasons import reasons_of
from tegata.contracts.terms import PERMITTED, conditions_of, keep_agreement, offer_of
from tegata.exchange import Book, Home, new_id, paired
from tegata.identity import peers
from tegata.model.base import Text, t
from tegata.model.catalog import Agreement, Dataset, Participant
from tegata.model.decision import Condition, Decision
from tegata.model.errors import InputError, ProtocolError, UsageError
from tegata.model.process import Negotiation
from tegata.protect import plans_for
from tegata.store import Transaction, datasets, decisions, negotiations
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.machine import step
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.odrl import MessageOffer
from tegata.wire.dsp.policy import agreement_message, message_offer

_OUTDATED = t(
    "the terms of this data set have changed since the offer was made; look into the catalogue again",
    "オファーの後にこのデータセットの条件が変わりました。カタログをもう一度確認してください",
)


class ProviderDesk:
    """The provider's half of `Contracts`.

    Args:
        unable: verbs of conditions that this node cannot carry out.
    """

    def __init__(self, home: Home, book: Book[Negotiation], decider: Decider, unable: Collection[str]) -> None:
        self._unable = unable
        self._home = home
        self._book = book
        self._decider = decider

    def open(self, tx: Transaction, sender: str, process: str, message: m.ContractRequestMessage) -> Negotiation:
        """A consumer's first request. `process` is our id for the new negotiation; the same `consumerPid` again is the
        same negotiation, and cannot become another one."""
        if message.callback_address is UNSET or message.offer.target is UNSET:
            raise ProtocolError("a first request names `callbackAddress` and the `target` of its offer")
        before = negotiations.of_peer(tx, sender, message.consumer_pid, "provider")
        if before is not None:
            return _same(before, message.offer)
        if datasets.get(tx, message.offer.target) is None:
            raise ProtocolError("not found", status=404)
        check_callback(tx, sender, message.callback_address)
        now = self._home.clock.now()
        negotiation = Negotiation(
            id=process,
            role="provider",
            peer=sender,
            peer_pid=message.consumer_pid,
            peer_url=message.callback_address,
            dataset=message.offer.target,
            offer=message.offer.id,
            state=step(NEGOTIATION, None, m.negotiation_event(message), "consumer").next,
            created_at=now,
            updated_at=now,
        )
        self._book.begin(tx, negotiation)
        return negotiation

    async def propose(self, peer: Participant, dataset: Dataset) -> Negotiation:
        """Offer a data set to somebody who has not asked, under the terms of today. It is decided once more when the
        offer is accepted. UsageError when the data set may not go there."""
        decision = await self._home.store.read(lambda tx: self._decider.decide(tx, dataset, peer))
        if decision.outcome not in PERMITTED:
            raise _may_not_go(peer, decision)
        offer, now, process = offer_of(dataset, decision), self._home.clock.now(), new_id()
        message = m.ContractOfferMessage(
            provider_pid=process, callback_address=self._home.url, offer=message_offer(offer, dataset.id)
        )
        negotiation = Negotiation(
            id=process,
            role="provider",
            peer=peer.id,
            peer_url=peer.url,
            dataset=dataset.id,
            offer=offer.id,
            state=step(NEGOTIATION, None, m.negotiation_event(message), "provider").next,
            created_at=now,
            updated_at=now,
        )
        await self._home.store.write(lambda tx: self._book.begin(tx, negotiation, message))
        return negotiation

    async def decide(self, negotiation: Negotiation) -> None:
        """REQUESTED, or ACCEPTED after an offer of ours: decide, and agree or terminate by what was decided."""
        dataset, decision = await self._home.store.read(lambda tx: self._decide(tx, negotiation))
        await self._home.store.write(lambda tx: self._conclude(tx, negotiation, dataset, decision))

    def _decide(self, tx: Transaction, negotiation: Negotiation) -> tuple[Dataset, Decision]:
        dataset, peer = parties(tx, negotiation)
        return dataset, self._decider.decide(tx, dataset, peer)

    async def finalise(self, negotiation: Negotiation) -> None:
        """VERIFIED: the agreement comes into force."""
        message = m.ContractNegotiationEventMessage(**paired(negotiation), event_type="FINALIZED")
        await self._home.store.write(lambda tx: self._book.say(tx, negotiation, message))

    def record_decision(self, tx: Transaction, process: str, peer: str, dataset: Dataset, decision: Decision) -> str:
        """Keep a decision with its entry in the evidence log, and return its digest."""
        decided = decisions.put(tx, decision)
        body = {"decision": decided, "dataset": dataset.id, "participant": peer, "outcome": decision.outcome.value}
        self._home.evidence.record(tx, "decision", process, body, self._home.clock.now())
        return decided

    def _conclude(self, tx: Transaction, negotiation: Negotiation, dataset: Dataset, decision: Decision) -> None:
        decided = self.record_decision(tx, negotiation.id, negotiation.peer, dataset, decision)
        negotiation = msgspec.structs.replace(negotiation, decision=decided)
        if decision.outcome not in PERMITTED:
            self._book.terminate(tx, negotiation, decision.outcome.value, reasons_of(decision))
        elif negotiation.offer != offer_of(dataset, decision).id:
            self._book.terminate(tx, negotiation, "offer_outdated", (_OUTDATED,))
        elif why := _cannot_be_met(conditions_of(dataset, decision), dataset, self._unable):
            self._book.terminate(tx, negotiation, "unprotectable", (why,))
        else:
            self._agree(tx, negotiation, conditions_of(dataset, decision), decided)

    def _agree(
        self, tx: Transaction, negotiation: Negotiation, conditions: tuple[Condition, ...], decided: str
    ) -> None:
        agreement = Agreement(
            id=new_id(),
            dataset=negotiation.dataset,
            offer=negotiation.offer,
            provider=self._home.did,
            consumer=negotiation.peer,
            signed_at=self._home.clock.now(),
            conditions=conditions,
            decision_digest=decided,
        )
        keep_agreement(tx, self._home.evidence, negotiation, agreement, agreement.signed_at)
        message = agreement_message(agreement, **paired(negotiation))
        self._book.say(tx, negotiation, message, agreement=agreement.id)


def _may_not_go(peer: Participant, decision: Decision) -> UsageError:
    return UsageError(
        t(f"this data set may not go to `{peer.name}`", f"このデータセットは `{peer.name}` に提供できません"),
        why=next(iter(reasons_of(decision)), ""),
        hint=t(
            "state what is missing of data set or participant; `tegata what-if` tells what would have to change",
            "データセットや参加者の不足している事実を登録します。何を変えればよいかは `tegata what-if` で分かります",
        ),
    )


def _cannot_be_met(conditions: Sequence[Condition], dataset: Dataset, unable: Collection[str]) -> Text | None:
    """Why the data cannot be protected as conditions ask: nobody should agree to what is not possible."""
    for verb in unable:
        if any(condition.verb == verb for condition in conditions):
            return t(f"this node is not set up for `{verb}`", f"このノードは `{verb}` に対応する設定がありません")
    try:
        plans_for(conditions, dataset.profile)
    except InputError as error:
        return Text(en=error.parts("en")[0], ja=error.parts("ja")[0])
    return None


def _same(negotiation: Negotiation, offer: MessageOffer) -> Negotiation:
    """The negotiation that a repetition is about, long after the first time."""
    if (negotiation.dataset, negotiation.offer) != (offer.target, offer.id):
        raise ProtocolError("`consumerPid` is that of another negotiation")
    return negotiation


def parties(tx: Transaction, negotiation: Negotiation) -> tuple[Dataset, Participant]:
    """The data set and the counter-party of a negotiation. Somebody who is not in the register has no facts."""
    dataset = datasets.get(tx, negotiation.dataset)
    if dataset is None:
        raise ProtocolError("not found", status=404)
    return dataset, peers.find(tx, negotiation.peer)
