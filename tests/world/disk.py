"""The store of the product over a disk that belongs to the world: it outlives crashes, and fails on command.

Rows, transactions, groups and savepoints are the product's own. What a commit has written stays; what was queued when a
node died is gone; so the model holds exactly what SQLite promises with `synchronous=FULL` (`tests/store` proves that).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Protocol

import apsw

from tegata.store import Store, Transaction
from tegata.store.backend import Backend
from tegata.store.connection import closed, disk_error, full
from tegata.store.lease import end_all_but
from tegata.store.sqlite import SqliteConnection
from tegata.store.writer import Job, Writer, tell


class Troubles(Protocol):
    """What the world does to a disk, and to whoever uses it."""

    def commit_fault(self) -> str:
        """`full`, `io-before`, `io-after`, or nothing."""
        ...

    def seconds(self) -> float:
        """How long the next commit takes."""
        ...

    def dies(self, when: str) -> bool:
        """Whether the node crashes now, `before` or `after` the commit; when it does, it is dead on return."""
        ...


def new_disk(content: bytes) -> apsw.Connection:
    raw = apsw.Connection(":memory:")
    raw.deserialize("main", content)
    raw.pragma("foreign_keys", True)
    return raw


class DiskConnection(SqliteConnection):
    """One opening of a disk."""

    def __init__(self, raw: apsw.Connection, troubles: Troubles) -> None:
        self.raw = raw
        self._broken = None
        self._troubles = troubles

    def commit(self) -> None:
        fault = self._troubles.commit_fault()
        if fault in ("full", "io-before"):
            self.rollback()
        if fault == "full":
            raise full()
        if fault == "io-after":
            super().commit()
        if fault:
            self._broken = apsw.IOError("fsync")
            raise disk_error(self._broken)
        super().commit()

    def close(self) -> None: ...


class DiskWriter(Writer):
    """The product's writer, whose thread is the world's loop."""

    def __init__(self, connection: DiskConnection, troubles: Troubles) -> None:
        self.commits = 0
        self._connection = connection
        self._queue = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._troubles = troubles

    def _put(self, job: Job) -> None:
        idle = self._queue.empty()
        super()._put(job)
        if idle:
            asyncio.get_running_loop().call_later(self._troubles.seconds(), self._flush)

    def die(self) -> None:
        """Whatever is queued never happens."""
        self._closed = True

    def _flush(self) -> None:
        if self._closed or self._troubles.dies("before"):
            return
        wanted = [job for job in self._next_group() if job.wanted]
        outcomes = self._commit(wanted) if wanted else []
        if not self._troubles.dies("after"):
            tell(outcomes)
        if not self._closed and not self._queue.empty():
            asyncio.get_running_loop().call_later(self._troubles.seconds(), self._flush)

    def _next_group(self) -> list[Job]:
        return [] if self._queue.empty() else super()._next_group()


class DiskReaders:
    """Reads at once."""

    def __init__(self, connection: DiskConnection) -> None:
        self._connection = connection
        self.dead = False

    def submit(self, work: Callable[[Transaction], Any]) -> Future[Any]:
        if self.dead:
            raise closed()
        future: Future[Any] = Future()
        try:
            future.set_result(work(Transaction(self._connection)))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            future.set_exception(error)
        return future


class WorldStore(Store):
    """One opening of the store by one life of a node."""

    def __init__(self, raw: apsw.Connection, owner: str, troubles: Troubles) -> None:
        connection = DiskConnection(raw, troubles)
        self.owner = owner
        self._backend = Backend(connection, [])
        self._writer: DiskWriter = DiskWriter(connection, troubles)
        self._readers: Any = DiskReaders(connection)
        self._writer.order(lambda tx: end_all_but(tx, frozenset({owner})))

    def die(self) -> None:
        self._writer.die()
        self._readers.dead = True
