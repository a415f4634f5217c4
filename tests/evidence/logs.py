"""A log of one node over a real store and real files."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tegata.clock import SystemClock
from tegata.evidence import EvidenceLog, LogReport, PublishedLog, Publisher, TileFolder, check_evidence
from tegata.evidence.endorsements import LogKeys
from tegata.store import Store, Transaction
from tegata.trust import MlDsaKey, SigningKey

T = TypeVar("T")

KEY = SigningKey.generate(b"k" * 32)
KEYS = LogKeys(KEY, MlDsaKey(b"m" * 32))
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


class FixedClock(SystemClock):
    def now(self) -> dt.datetime:
        return NOW


class OpenLog:
    """`state` holds the database, `log` the files."""

    def __init__(self, folder: Path, store: Store, tiles: PublishedLog | None = None) -> None:
        self.folder = folder
        self.store = store
        self.tiles = tiles or TileFolder(folder / "log")
        salts = itertools.count()
        self.evidence = EvidenceLog(KEY, lambda n: next(salts).to_bytes(n, "big"))
        self.publisher = Publisher(store, self.evidence, KEYS, FixedClock(), self.tiles)

    async def add(self, count: int, kind: str = "release") -> None:
        def work(tx: Transaction) -> None:
            for number in range(count):
                body = {"recipient": "did:key:zExample", "number": number}
                self.evidence.record(tx, kind, f"urn:uuid:{number}", body, NOW)

        await self.store.write(work)

    async def report(self) -> LogReport:
        return await self.store.read(lambda tx: check_evidence(tx, KEY.history, self.tiles))

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        return await self.store.read(lambda tx: work(tx, *args))


@asynccontextmanager
async def open_log(folder: Path, tiles: PublishedLog | None = None) -> AsyncIterator[OpenLog]:
    store = Store.open(folder / "state")
    try:
        yield OpenLog(folder, store, tiles)
    finally:
        store.close()
