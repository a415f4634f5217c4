"""What an operator does to the log of a node that is not running, and may refuse to."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tegata.clock import SystemClock
from tegata.evidence import EvidenceLog, LogReport, PublishedLog, check_evidence
from tegata.evidence.place import published_at
from tegata.evidence.rollback import Standing, resolve, standing
from tegata.node.config import read_config
from tegata.node.run import read_secrets
from tegata.store import Store, Transaction
from tegata.trust import SigningKey

T = TypeVar("T")


def check_log(folder: Path) -> LogReport:
    """Audit the log of the node in `folder`. StoreError while the node runs, or when its state cannot be opened."""
    return _opened(folder, lambda store, key, tiles: store.read(lambda tx: check_evidence(tx, key.history, tiles)))


def log_standing(folder: Path) -> Standing:
    """How the state stands to what was published. Raises as `check_log` does."""
    return _opened(folder, lambda store, key, tiles: store.read(lambda tx: standing(tx, key.history, tiles)))


def resolve_log(folder: Path) -> Standing:
    """Let the log go on from what was published; what was found. Raises as `rollback.resolve` and `check_log` do."""

    def work(tx: Transaction, key: SigningKey, tiles: PublishedLog) -> Standing:
        return resolve(tx, EvidenceLog(key, secrets.token_bytes), key.history, tiles, SystemClock().now())

    return _opened(folder, lambda store, key, tiles: store.write(lambda tx: work(tx, key, tiles)))


def _opened(folder: Path, work: Callable[[Store, SigningKey, PublishedLog], Coroutine[Any, Any, T]]) -> T:
    config, keys = read_config(folder), read_secrets(folder)
    store = Store.open(folder / "state", config.database)
    try:
        return asyncio.run(work(store, keys.key, published_at(config.log, folder)))
    finally:
        store.close()
