"""The passport of a release, made from what is already durable or becomes so in the same transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from tegata.contracts import agreement_digest
from tegata.exchange import new_id
from tegata.model.base import digest
from tegata.model.catalog import Agreement, Dataset
from tegata.model.decision import Decision, PackDecision
from tegata.model.evidence import Entry, InclusionProof, Passport, ProfileSummary, RuleSummary
from tegata.model.plan import Release
from tegata.model.profile import Profile
from tegata.protect import statistics_of
from tegata.transfer.earlier import Measured
from tegata.transfer.making import MadeRelease
from tegata.transfer.obligations import obligations_met
from tegata.trust import PASSPORT_VERSION, release_body


@dataclass(frozen=True)
class Shipment:
    """Everything that one passport is about."""

    transfer: str
    endpoint: str  # where the data is handed over
    agreement: Agreement
    dataset: Dataset
    decision: Decision
    made: MadeRelease
    measured: tuple[Measured, ...]  # each table, beside earlier releases

    @property
    def decision_digest(self) -> str:
        """Of the decision that this very release rests on: the agreement's, or a later one to the same terms."""
        return digest(self.decision)


def entry_body(shipment: Shipment) -> dict[str, object]:
    """What the log entry of a release says."""
    release, chunks = shipment.made.release, shipment.made.chunks
    body: dict[str, object] = release_body(
        data_digest=release.digest,
        data_size=release.size,
        decision_digest=shipment.decision_digest,
        agreement_digest=agreement_digest(shipment.agreement),
        recipient=shipment.agreement.consumer,
    )
    body |= {"source_digest": release.source_digest, "plan_digest": release.plan_digest}
    epoch, window = shipment.made.epoch, shipment.dataset.profile.source_format.window
    said: dict[str, object] = {"consent": {"epoch": epoch}} if epoch else {}
    said |= {"vault": shipment.made.vault} if shipment.made.vault else {}
    said |= {"envelope": asdict(shipment.made.inside)} if shipment.made.inside else {}
    return body | chunks.entry() | said | ({"window": window} if window else {})


def passport_for(
    shipment: Shipment, entry: Entry, proof: InclusionProof, issued_at: dt.datetime, rolls: tuple[str, ...]
) -> Passport:
    """The document, still to be sealed. It holds counts, digests and rules; no value of any column."""
    agreement, decision, release = shipment.agreement, shipment.decision, shipment.made.release
    return Passport(
        version=PASSPORT_VERSION,
        id=new_id(),
        issued_at=issued_at,
        provider=agreement.provider,
        recipient=agreement.consumer,
        dataset=agreement.dataset,
        title=shipment.dataset.title,
        source_digest=release.source_digest,
        data_digest=release.digest,
        data_size=release.size,
        data_format=release.format,
        profile=_summary(shipment.dataset.profile, release, statistics_of(agreement.conditions) is not None),
        outcome=decision.outcome,
        decision_digest=shipment.decision_digest,
        as_of=decision.as_of,
        known_on=decision.known_on,
        packs=tuple(_rules(pack, decision.pack_digests[pack.pack]) for pack in decision.per_pack),
        obligations=obligations_met(
            agreement.conditions, agreement.id, shipment.endpoint, sealed=shipment.made.inside is not None
        ),
        agreement=agreement.id,
        agreement_digest=agreement_digest(agreement),
        transfer=shipment.transfer,
        entry=entry,
        proof=proof,
        rolls=rolls,
    )


def _summary(profile: Profile, release: Release, only_counts: bool) -> ProfileSummary:
    """Exact figures of the table would undo the noise of statistics: then the rows are those that leave."""
    if only_counts:
        return ProfileSummary(
            rows=release.rows, columns=len(profile.columns), categories=profile.categories, subjects={}
        )
    return ProfileSummary(
        rows=profile.rows,
        columns=len(profile.every_column),
        categories=profile.categories,
        subjects={count.category: count.n for count in profile.subjects},
    )


def _rules(pack: PackDecision, digest: str) -> RuleSummary:
    cited = dict.fromkeys(citation.ref for hit in pack.rules for citation in hit.citations)
    return RuleSummary(
        pack=pack.pack,
        version=pack.version,
        digest=digest,
        outcome=pack.outcome,
        rules=tuple(hit.rule for hit in pack.rules),
        citations=tuple(cited),
    )
