"""People reserved and settled by the ledger in a real store, against 10 microseconds each (100,000 a second)."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import Figure
from tegata.evidence import EvidenceLog
from tegata.ledger import Ledger
from tegata.model.base import t
from tegata.model.catalog import Dataset, Participant
from tegata.model.process import TransferProcess
from tegata.model.profile import Profile, SourceFormat, SubjectSet
from tegata.rules import builtin_packs
from tegata.store import Store, Transaction, transfers
from tegata.trust import SigningKey

LIMIT_US = 10.0
NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
CASES = (("health", 1_000, 40), ("health", 10_000, 12), ("identifier", 100_000, 4))
"""Category, people in a transfer, transfers: with the first of them the account of the recipient becomes full."""


def figures() -> list[Figure]:
    return [
        Figure(f"ledger: {case[1]:,} people a transfer, per person", asyncio.run(rate(*case)), LIMIT_US, "us")
        for case in CASES
    ]


async def rate(category: str, size: int, number: int) -> float:
    """Microseconds per person: ask what went before, reserve, settle; all transfers to one recipient at once, under the
    one law that counts so."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        try:
            return await _rate(store, category, size, number)
        finally:
            store.close()


async def _rate(store: Store, category: str, size: int, number: int) -> float:
    counting = tuple(pack for pack in builtin_packs() if pack.id == "us.28cfr202")
    ledger = Ledger(counting, EvidenceLog(SigningKey.generate(b"k" * 32), lambda n: b"s" * n), b"l" * 32)
    dice = random.Random(size)
    works = [_transfer(ledger, category, size, n, dice) for n in range(number)]
    for prepare, _ in works:
        await store.write(prepare)
    started = time.perf_counter()
    await asyncio.gather(*(store.write(work) for _, work in works))
    return (time.perf_counter() - started) / (len(works) * size) * 1e6


Work = Callable[[Transaction], None]


def _transfer(ledger: Ledger, category: str, size: int, number: int, dice: random.Random) -> tuple[Work, Work]:
    """What is there before the clock runs, and what a start and an end of a transfer do."""
    recipient = Participant(id="did:key:zExample", name="Example")
    transfer = TransferProcess(
        id=f"urn:uuid:{number}",
        role="provider",
        peer=recipient.id,
        peer_url="",
        agreement="",
        format="HttpData-PULL",
        state="REQUESTED",
        created_at=NOW,
        updated_at=NOW,
    )
    dataset = _dataset(f"sha256:{number:064x}", category, size)
    told = ledger.told(
        dataset.profile.source_digest,
        ledger.asking(dataset.facts, NOW.date()),
        [[SubjectSet(category=category, hashes=tuple(dice.randrange(2**64) for _ in range(size)))]],
    )

    def prepare(tx: Transaction) -> None:
        transfers.insert(tx, transfer)
        ledger.keep(tx, dataset.profile.source_digest, told)

    def work(tx: Transaction) -> None:
        ledger.before(tx, dataset, recipient, {}, NOW)
        ledger.reserve(tx, transfer.id, recipient.id, dataset, {}, NOW)
        ledger.settle(tx, transfer.id, recipient.id, NOW, completed=True)

    return prepare, work


def _dataset(source: str, category: str, size: int) -> Dataset:
    held = "identifier.government" if category == "identifier" else category
    profile = Profile(
        source_digest=source,
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=size,
        columns=(),
        categories=(held,),
        subjects=(),
    )
    text = t("table", "表")
    return Dataset(id=source, title=text, description=text, path="/t.csv", profile=profile, published_at=NOW)
