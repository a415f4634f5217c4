"""The catalogue of one node. A data set is bound to the bytes that were scanned when it was published."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from tegata.apart import Apart
from tegata.catalog.looking import look_into
from tegata.catalog.places import Places
from tegata.clock import Clock
from tegata.evidence import EvidenceLog
from tegata.ledger import Ledger, Told
from tegata.model.base import Text, digest, t
from tegata.model.catalog import Dataset, Quorum, UseLimits
from tegata.model.decision import Condition, Fact
from tegata.model.errors import VerificationError
from tegata.model.profile import Profile
from tegata.protect import plans_for
from tegata.store import Store, Transaction, datasets

if TYPE_CHECKING:
    from tegata.tables import Collection

NO_LIMITS: Final = UseLimits()


class Catalog:
    """Publishes, finds and re-scans data sets.

    Args:
        places: opens what is published.
        apart: where large ones are scanned.
        salt: secret of this node under which subjects are counted, so that counts cannot be steered from outside.
    """

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        clock: Clock,
        ledger: Ledger,
        places: Places,
        apart: Apart,
        salt: bytes,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._evidence = evidence
        self._clock = clock
        self._places = places
        self._apart = apart
        self._salt = salt

    async def publish(
        self,
        place: str,
        title: Text,
        description: Text,
        facts: dict[str, Fact],
        limits: UseLimits = NO_LIMITS,
        witnesses: Quorum | None = None,
        conditions: Sequence[Condition] = (),
    ) -> Dataset:
        """Scan the source and put it on offer; durable, with its entry, on return. What is no table is offered as it
        is where `facts` say what it holds.

        Args:
            conditions: what the publisher asks for in every agreement, beside what rules ask.

        Raises:
            InputError: it cannot be read, or `conditions` cannot be carried out on it.
        """
        profile, subjects = await self._scan(await self._places.open(place), facts)
        if conditions:
            plans_for(conditions, profile)
        dataset = Dataset(
            id=f"urn:uuid:{uuid.uuid4()}",
            title=title,
            description=description,
            path=_kept(place),
            profile=profile,
            facts=facts,
            conditions=tuple(conditions),
            limits=limits,
            witnesses=witnesses,
            published_at=self._clock.now(),
        )
        return await self._store.write(lambda tx: self._put(tx, dataset, subjects))

    async def rescan(self, dataset: Dataset, found: Collection) -> Dataset:
        """The same data set with a profile of what was found there now. VerificationError where other bytes hold what
        nobody could look into: its publisher has spoken of those that are gone."""
        profile, subjects = await self._scan(found, dataset.facts)
        if not _unseen(profile) <= _unseen(dataset.profile):
            raise _spoken_of_other_bytes()
        renewed = msgspec.structs.replace(dataset, profile=profile, published_at=self._clock.now())
        return await self._store.write(lambda tx: self._put(tx, renewed, subjects))

    async def get(self, dataset_id: str) -> Dataset | None:
        return await self._store.read(lambda tx: datasets.get(tx, dataset_id))

    def _put(self, tx: Transaction, dataset: Dataset, subjects: Told) -> Dataset:
        datasets.put(tx, dataset)
        self._ledger.keep(tx, dataset.profile.source_digest, subjects)
        window = dataset.profile.source_format.window
        body = {"source": dataset.profile.source_digest, "profile": digest(dataset.profile)}
        body |= {"window": window} if window else {}
        self._evidence.record(tx, "dataset_published", dataset.id, body, dataset.published_at)
        return dataset

    async def open(self, dataset: Dataset) -> Collection:
        """What a data set is made of, as it is now: of a database one state, of the web one version, for as long as it
        is held. Raises as `Places.open`."""
        return await self._places.open(dataset.path)

    async def _scan(self, found: Collection, facts: Mapping[str, Fact]) -> tuple[Profile, Told]:
        laws = self._ledger.asking(facts, self._clock.now().date())
        wanted = [law.wanted for law in laws]
        profile, subjects = await self._apart.do(found.size, look_into, found, facts, wanted, self._salt)
        return profile, await asyncio.to_thread(self._ledger.told, profile.source_digest, laws, subjects)


def _unseen(profile: Profile) -> set[tuple[str, str]]:
    """Which bytes nobody could look into, by their names in the data set."""
    return {(one.name, one.digest or profile.source_digest) for one in profile.unread}


def _spoken_of_other_bytes() -> VerificationError:
    return VerificationError(
        t(
            "the source has changed, and what it holds now is not known",
            "元データが変わり、現在の内容は確認できていません",
        ),
        hint=t("publish it again, and state what it holds", "内容を申告して、改めて公開してください"),
    )


def _kept(place: str) -> str:
    """A path whole, so that a data set is the same wherever its publisher stood."""
    from tegata.tables import place_of  # here: an idle node carries no columnar engine

    meant = place_of(place)
    return meant if isinstance(meant, str) else str(meant.resolve())
