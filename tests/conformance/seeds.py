"""What is there before the judge comes: data sets, and agreements in force."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec

from tegata.catalog import Catalog
from tegata.contracts import Contracts
from tegata.contracts.terms import keep_agreement
from tegata.exchange import Home, new_id
from tegata.model.base import digest, t
from tegata.model.catalog import Agreement, Dataset, Participant
from tegata.model.process import Negotiation, Role
from tegata.store import Transaction, acquisitions, datasets, negotiations
from tegata.store.acquisitions import StoredAcquisition
from tests.conformance.cases import CASES
from tests.conformance.judge import JUDGE

_TITLE = t("Example table", "例の表")


async def seed(home: Home, catalog: Catalog, contracts: Contracts, folder: Path) -> None:
    """The data sets of the catalogue and negotiation cases, and an agreement for each transfer case."""
    table = folder / "table.csv"
    table.write_text("code,name\n1,Tokyo\n2,Osaka\n")
    published = await catalog.publish(str(table), _TITLE, _TITLE, {})
    for case in CASES:
        if case.kind == "transfers":
            await _agree(home, contracts, published, case.subject)
        elif case.talk != "missing":
            await home.store.write(partial(datasets.put, dataset=msgspec.structs.replace(published, id=case.subject)))


def finalised(home: Home, role: Role, agreement: str, peer_url: str = "") -> Negotiation:
    """A negotiation with the judge that came to an agreement of this id."""
    now = home.clock.now()
    return Negotiation(
        id=new_id(),
        role=role,
        peer=JUDGE,
        peer_pid=new_id(),
        peer_url=peer_url,
        dataset="",
        offer="",
        state="FINALIZED",
        agreement=agreement,
        created_at=now,
        updated_at=now,
    )


def keep_wish(tx: Transaction, negotiation: Negotiation) -> None:
    """A negotiation of ours after which data may be asked for."""
    negotiations.insert(tx, negotiation)
    acquisitions.put(tx, StoredAcquisition(negotiation=negotiation.id, title=_TITLE))


async def _agree(home: Home, contracts: Contracts, dataset: Dataset, id: str) -> None:
    decision = await contracts.decide_again(id, JUDGE, dataset)
    negotiation, judge = finalised(home, "provider", id), Participant(id=JUDGE, name=JUDGE)
    offer = await home.store.read(lambda tx: contracts.offer(tx, dataset, judge))
    agreement = Agreement(
        id=id,
        dataset=dataset.id,
        offer=offer.id,
        provider=home.did,
        consumer=JUDGE,
        signed_at=negotiation.created_at,
        conditions=decision.conditions,
        decision_digest=digest(decision),
    )

    def keep(tx: Transaction) -> None:
        negotiations.insert(tx, negotiation)
        keep_agreement(tx, home.evidence, negotiation, agreement, agreement.signed_at)

    await home.store.write(keep)
