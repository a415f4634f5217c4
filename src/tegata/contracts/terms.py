"""Offers and agreements: which conditions stand in them, how they are kept, and the digest that names an agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tegata.evidence import EvidenceLog
from tegata.model.base import Noun, Text, digest, t
from tegata.model.base import encode as encoded
from tegata.model.catalog import LIMIT_USE, WITNESSED, Agreement, Dataset, Quorum, UseLimits
from tegata.model.decision import Citation, Condition, Decision, Outcome
from tegata.model.process import Negotiation
from tegata.protect.said import said_of
from tegata.store import Transaction, agreements, witnesses
from tegata.trust.quorum import said
from tegata.wire.dsp.codec import encode
from tegata.wire.dsp.odrl import Offer, Policy
from tegata.wire.dsp.policy import agreement_document, offer_for

_UNITS = {
    "transfers": t("transfers", "転送"),
    "bytes": t("bytes", "バイト"),
    "rows": t("records", "レコード"),
    "bytes_per_second": t("bytes a second", "毎秒バイト"),
    "questions": t("answers to agents a day", "エージェントへの回答（1 日）"),
}
PUBLISHER: Final = "publisher"
"""In the place of the rule that asks for it."""

PERMITTED = (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)


def conditions_of(dataset: Dataset, decision: Decision) -> tuple[Condition, ...]:
    """Conditions of a permission, and what the publisher asks beside them: conditions of its own, limits, and
    witnesses. A decision that does not permit has none to offer."""
    if decision.outcome not in PERMITTED:
        return ()
    own = (*dataset.conditions, *_limits(dataset.limits), *_witnesses(dataset.witnesses))
    return (*decision.conditions, *own)


class Asked(Noun, frozen=True, kw_only=True):
    """A condition as a publisher writes it, or takes it from a ready plan."""

    verb: str
    params: dict[str, Any] = {}
    say: Text | None = None
    rule: str = PUBLISHER  # or the clause of a ready plan
    citations: tuple[Citation, ...] = ()

    @property
    def condition(self) -> Condition:
        said = self.say or said_of(self.verb, self.params)
        return Condition(verb=self.verb, params=self.params, rule=self.rule, citations=self.citations, say=said)


def _limits(limits: UseLimits) -> tuple[Condition, ...]:
    """What the publisher limits, as a condition: none, or one with a parameter for each limit."""
    params = {name: value for name, value in msgspec.structs.asdict(limits).items() if value}
    if not params:
        return ()
    lines = [_most(params)] if params.keys() & _UNITS else []
    lines += [_kept(limits.versions)] if limits.versions else []
    say = t(" ".join(one.en for one in lines), "".join(one.ja for one in lines))
    return (Condition(verb=LIMIT_USE, params=params, say=say),)


def _most(params: Mapping[str, int]) -> Text:
    counted = {name: value for name, value in params.items() if name in _UNITS}
    en = ", ".join(f"{value:,} {_UNITS[name].en}" for name, value in counted.items())
    ja = "、".join(f"{_UNITS[name].ja} {value:,}" for name, value in counted.items())
    return t(f"At most {en} leave under the agreement.", f"この合意で提供される上限: {ja}。")


def _kept(versions: int) -> Text:
    return t(
        f"Of what is delivered again behind doors the newest {versions:,} stay open; older versions are removed.",
        f"入口から開くデータが再び提供されたとき、開いておく版は新しい {versions:,} 版まで。古い版は削除されます。",
    )


def _witnesses(quorum: Quorum | None) -> tuple[Condition, ...]:
    if quorum is None:
        return ()
    params = msgspec.json.decode(encoded(quorum))
    return (Condition(verb=WITNESSED, params=params, say=said(quorum)),)


def offer_of(dataset: Dataset, decision: Decision) -> Offer:
    """The offer of a data set to the participant that was decided about. Other conditions are another offer."""
    return offer_for(dataset.id, conditions_of(dataset, decision))


def terms_digest(policy: Policy) -> str:
    """Digest over what a policy permits, prohibits and demands, whatever its id and its parties."""
    groups = (policy.permission, policy.prohibition, policy.obligation)
    return digest([[msgspec.json.decode(encode(rule)) for rule in rules] for rules in groups])


def agreement_digest(agreement: Agreement) -> str:
    """Digest over the agreement as it stands in the protocol's message: both sides compute the same."""
    return digest(agreement_document(agreement))


def keep_agreement(
    tx: Transaction, evidence: EvidenceLog, negotiation: Negotiation, agreement: Agreement, at: dt.datetime
) -> None:
    """Keep what a negotiation came to, with its entry in the evidence log, which the peer is now asked to cosign."""
    agreements.insert(tx, agreement, negotiation.id)
    body: dict[str, Any] = {"agreement": agreement_digest(agreement), "decision": agreement.decision_digest}
    body |= {"provider": agreement.provider, "consumer": agreement.consumer, "dataset": agreement.dataset}
    quorums = [condition.params for condition in agreement.conditions if condition.verb == WITNESSED]
    evidence.record(tx, "agreement", agreement.id, body | ({WITNESSED: quorums} if quorums else {}), at)
    witnesses.expect(tx, negotiation.peer)
