"""People reserved and settled by the ledger in a real store, against 10 microseconds each (100,000 a second), and what
one more small transfer costs an exporter whose account is nearly full."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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
LIMIT_MS = 100.0
NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


class Case(NamedTuple):
    """Transfers of so many people each, all different, to one recipient at once, when `before` others went already."""

    pack: str
    category: str
    holds: str
    people: int
    transfers: int
    before: int = 0


CASES = (
    Case("us.28cfr202", "health", "health", 1_000, 40),
    Case("us.28cfr202", "health", "health", 10_000, 12),
    Case("us.28cfr202", "identifier", "identifier.government", 100_000, 4),
)
"""With the first transfer of each the account of the recipient becomes full."""
NEARLY_FULL = Case("cn.pipl-cac", "subjects.cn_persons_this_year", "identifier.contact", 500, 20, 980_000)
"""An exporter in China shortly before its assessment, which counts a million over all recipients."""


def figures() -> list[Figure]:
    rates = [
        Figure(
            f"ledger: {case.people:,} people a transfer, per person", _seconds(case) / case.people * 1e6, LIMIT_US, "us"
        )
        for case in CASES
    ]
    said = f"ledger: a transfer of {NEARLY_FULL.people} people when {NEARLY_FULL.before:,} went before"
    return [*rates, Figure(said, _seconds(NEARLY_FULL) * 1e3, LIMIT_MS, "ms")]


def _seconds(case: Case) -> float:
    """For each transfer: ask what went before, reserve, settle."""

    async def measured() -> float:
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(Path(folder))
            try:
                return await _rate(store, case)
            finally:
                store.close()

    return asyncio.run(measured())


async def _rate(store: Store, case: Case) -> float:
    counting = tuple(pack for pack in builtin_packs() if pack.id == case.pack)
    ledger = Ledger(counting, EvidenceLog(SigningKey.generate(b"k" * 32), lambda n: b"s" * n), b"l" * 32)
    dice = random.Random(case.people)
    if case.before:
        for work in _transfer(ledger, case, case.before, 0, dice):
            await store.write(work)
    works = [_transfer(ledger, case, case.people, n + 1, dice) for n in range(case.transfers)]
    for prepare, _ in works:
        await store.write(prepare)
    started = time.perf_counter()
    await asyncio.gather(*(store.write(work) for _, work in works))
    return (time.perf_counter() - started) / case.transfers


Work = Callable[[Transaction], None]


def _transfer(ledger: Ledger, case: Case, people: int, number: int, dice: random.Random) -> tuple[Work, Work]:
    """What is there before the clock runs, and what a start and an end of a transfer do."""
    recipient, now = Participant(id="did:key:zExample", name="Example"), NOW + number * dt.timedelta(minutes=1)
    transfer = TransferProcess(
        id=f"urn:uuid:{number}",
        role="provider",
        peer=recipient.id,
        peer_url="",
        agreement="",
        format="HttpData-PULL",
        state="REQUESTED",
        created_at=now,
        updated_at=now,
    )
    dataset = _dataset(f"sha256:{number:064x}", case.holds, people)
    hashes = tuple(dice.randrange(2**64) for _ in range(people))
    told = ledger.told(
        dataset.profile.source_digest,
        ledger.asking(dataset.facts, now.date()),
        [[SubjectSet(category=case.category, hashes=hashes)]],
    )

    def prepare(tx: Transaction) -> None:
        transfers.insert(tx, transfer)
        ledger.keep(tx, dataset.profile.source_digest, told)

    def work(tx: Transaction) -> None:
        ledger.before(tx, dataset, recipient, {}, now)
        ledger.reserve(tx, transfer.id, recipient.id, dataset, {}, now)
        ledger.settle(tx, transfer.id, recipient.id, now, completed=True)

    return prepare, work


def _dataset(source: str, held: str, rows: int) -> Dataset:
    profile = Profile(
        source_digest=source,
        source_bytes=1,
        source_format=SourceFormat(format="csv"),
        rows=rows,
        columns=(),
        categories=(held,),
        subjects=(),
    )
    text = t("table", "表")
    return Dataset(id=source, title=text, description=text, path="/t.csv", profile=profile, published_at=NOW)
