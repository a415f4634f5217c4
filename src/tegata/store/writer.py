"""The one thread that writes. What queued up while the disk was busy is committed together, then acknowledged."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from tegata.model.errors import StoreError
from tegata.store.connection import Connection, closed
from tegata.store.transaction import Transaction

T = TypeVar("T")

Afterwards = list[Callable[[], None]]


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


class Writer:
    """Owns the writing connection from its start to `close`. `commits` counts the durable groups."""

    def __init__(self, connection: Connection) -> None:
        self.commits = 0
        self._connection = connection
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tegata-store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[tuple[T, Afterwards]]:
        """Queues `work`; the future resolves once it is durable, with its value and what it wants done afterwards.

        One that is cancelled before its turn never runs.
        """
        future: Future[tuple[T, Afterwards]] = Future()
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

    def _run(self) -> None:
        while group := self._next_group():
            wanted = [job for job in group if job.future.set_running_or_notify_cancel()]
            for outcome in self._commit(wanted) if wanted else ():
                outcome.deliver()
        self._connection.close()

    def _next_group(self) -> list[_Job]:
        """Waits for one job and takes along those that queued up behind it; empty at the end."""
        group: list[_Job] = []
        try:
            while len(group) < self._connection.group:
                job = self._queue.get(block=not group)
                if job is None:
                    self._queue.put(None)  # the end, which the next call meets again
                    break
                group.append(job)
        except Empty:
            pass
        return group

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        """Runs the group in one transaction. Nobody is told of success before it is durable."""
        try:
            self._connection.begin(write=True)
            outcomes = [self._attempt(job) for job in group]
            self._connection.commit()
        except StoreError as error:
            with contextlib.suppress(StoreError):  # then the next begin fails, and every caller is told
                self._connection.rollback()
            return [_Outcome(job, None, _again(error)) for job in group]
        self.commits += 1
        return outcomes

    def _attempt(self, job: _Job) -> _Outcome:
        """Runs one caller's work so that its failure undoes its own writes only."""
        self._connection.script("SAVEPOINT caller")
        transaction = Transaction(self._connection)
        try:
            value = job.work(transaction)
        except Exception as error:
            if not self._connection.in_transaction and isinstance(error, StoreError):
                raise  # disk full, I/O error, database gone: there is no transaction left for anybody of the group
            self._connection.script("ROLLBACK TO caller; RELEASE caller")
            return _Outcome(job, None, error)
        self._connection.script("RELEASE caller")
        return _Outcome(job, (value, transaction.afterwards), None)


def _again(error: StoreError) -> StoreError:
    """The same for one more caller: an exception that is shared grows with everybody who raises it."""
    copy = type(error)(error.what, why=error.why, hint=error.hint)
    copy.__cause__ = error.__cause__
    return copy
