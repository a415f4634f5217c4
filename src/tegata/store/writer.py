"""The one thread that writes. What queued up while the disk was busy is committed together, then acknowledged."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

import apsw

from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.store.connection import translated
from tegata.store.transaction import Transaction

T = TypeVar("T")

_GROUP = 256  # callers per commit at most: bounds how long the first of them waits for the last


class _Job(NamedTuple):
    work: Callable[[Transaction], Any]
    future: Future[Any]


class _Outcome(NamedTuple):
    job: _Job
    value: Any
    error: BaseException | None

    def deliver(self) -> None:
        if self.error is None:
            self.job.future.set_result(self.value)
        else:
            self.job.future.set_exception(self.error)


def closed() -> StoreError:
    return StoreError(t("the store is closed", "ストアは閉じられています"))


class Writer:
    """Owns the writing connection from its start to `close`. `commits` counts the durable groups."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.commits = 0
        self._connection = connection
        self._transaction = Transaction(connection)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._broken: apsw.Error | None = None
        self._thread = threading.Thread(target=self._run, name="tegata-store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queues `work`; the future resolves once it is durable. One that is cancelled before its turn never runs."""
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise closed()
            self._queue.put(_Job(work, future))
        return future

    def close(self) -> None:
        """Writes what is queued, then stops."""
        with self._gate:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while group := self._next_group():
            wanted = [job for job in group if job.future.set_running_or_notify_cancel()]
            for outcome in self._commit(wanted):
                outcome.deliver()

    def _next_group(self) -> list[_Job]:
        """Waits for one job and takes along those that queued up behind it; empty at the end."""
        group: list[_Job] = []
        try:
            while len(group) < _GROUP:
                job = self._queue.get(block=not group)
                if job is None:
                    self._queue.put(None)  # the end, which the next call meets again
                    break
                group.append(job)
        except Empty:
            pass
        return group

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        """Runs the group in one transaction. Nobody is told of success before COMMIT has returned."""
        try:
            if self._broken is not None:
                raise self._broken.with_traceback(None)  # else it grows with every caller
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(job) for job in group]
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._abandon(error)
            return [_Outcome(job, None, translated(error)) for job in group]
        self.commits += 1
        return outcomes

    def _attempt(self, job: _Job) -> _Outcome:
        """Runs one caller's work so that its failure undoes its own writes only."""
        self._connection.execute("SAVEPOINT caller")
        try:
            outcome = _Outcome(job, job.work(self._transaction), None)
        except Exception as error:  # noqa: BLE001 - it belongs to the caller and is delivered there
            if not self._connection.in_transaction and isinstance(error.__cause__, apsw.Error):
                raise error.__cause__ from None  # disk full, I/O error: SQLite itself has rolled back the whole group
            outcome = _Outcome(job, None, error)
            self._connection.execute("ROLLBACK TO caller")
        self._connection.execute("RELEASE caller")
        return outcome

    def _abandon(self, error: apsw.Error) -> None:
        """Leaves no transaction open. After an I/O error nothing more is written: a kernel may forget the pages
        whose sync failed and report the next sync as done (https://wiki.postgresql.org/wiki/Fsync_Errors)."""
        if isinstance(error, apsw.IOError | apsw.CorruptError):
            self._broken = error
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):  # then BEGIN fails, and every caller is told
                self._connection.execute("ROLLBACK")
