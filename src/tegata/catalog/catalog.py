"""The catalogue of one node. A data set is bound to the bytes that were scanned when it was published."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tegata.clock import Clock
from tegata.evidence import EvidenceLog
from tegata.ledger import Ledger, Told
from tegata.model.base import Text, digest
from tegata.model.catalog import Dataset, UseLimits
from tegata.model.decision import Fact
from tegata.model.profile import Profile, SubjectSet
from tegata.rules.counting import CountingLaw
from tegata.store import Store, Transaction, datasets

NO_LIMITS: Final = UseLimits()


class Catalog:
    """Publishes, finds and re-scans data sets.

    Args:
        salt: secret of this node under which subjects are counted, so that counts cannot be steered from outside.
    """

    def __init__(self, store: Store, evidence: EvidenceLog, clock: Clock, ledger: Ledger, salt: bytes) -> None:
        self._store = store
        self._ledger = ledger
        self._evidence = evidence
        self._clock = clock
        self._salt = salt

    async def publish(
        self, path: Path, title: Text, description: Text, facts: dict[str, Fact], limits: UseLimits = NO_LIMITS
    ) -> Dataset:
        """Scan the source and put it on offer; durable, with its entry, on return. Raises InputError."""
        profile, subjects = await self._scan(path, facts)
        dataset = Dataset(
            id=f"urn:uuid:{uuid.uuid4()}",
            title=title,
            description=description,
            path=str(path.resolve()),
            profile=profile,
            facts=facts,
            limits=limits,
            published_at=self._clock.now(),
        )
        return await self._store.write(lambda tx: self._put(tx, dataset, subjects))

    async def rescan(self, dataset: Dataset) -> Dataset:
        """The same data set with a profile of the bytes that the source holds now."""
        profile, subjects = await self._scan(Path(dataset.path), dataset.facts)
        renewed = msgspec.structs.replace(dataset, profile=profile, published_at=self._clock.now())
        return await self._store.write(lambda tx: self._put(tx, renewed, subjects))

    async def get(self, dataset_id: str) -> Dataset | None:
        return await self._store.read(lambda tx: datasets.get(tx, dataset_id))

    def _put(self, tx: Transaction, dataset: Dataset, subjects: Told) -> Dataset:
        datasets.put(tx, dataset)
        self._ledger.keep(tx, dataset.profile.source_digest, subjects)
        body = {"source": dataset.profile.source_digest, "profile": digest(dataset.profile)}
        self._evidence.record(tx, "dataset_published", dataset.id, body, dataset.published_at)
        return dataset

    async def _scan(self, path: Path, facts: Mapping[str, Fact]) -> tuple[Profile, Told]:
        laws = self._ledger.asking(facts, self._clock.now().date())
        profile, found = await asyncio.to_thread(_scan, path, laws, self._salt)
        return profile, await asyncio.to_thread(self._ledger.told, profile.source_digest, laws, found)


def _scan(path: Path, laws: Sequence[CountingLaw], salt: bytes) -> tuple[Profile, Sequence[Sequence[SubjectSet]]]:
    from tegata.scan import Wanted, scan_subjects  # imported here: an idle node need not carry the columnar engine
    from tegata.tables import open_source

    wanted = [Wanted(law.addition.country, law.rooms, law.heads) for law in laws]
    return scan_subjects(open_source(path), wanted, salt=salt)
