"""The one thread that writes. What queued up while the disk was busy is committed together, then acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from tegata.model.errors import StoreError
from tegata.store.connection import Connection, closed
from tegata.store.transaction import Transaction

T = TypeVar("T")

Afterwards = list[Callable[[], None]]


class Job(NamedTuple):
    """A piece of work, and who waits for it in which event loop: nobody, where it is `None`."""

    work: Callable[[Transaction], Any]
    waiting: asyncio.Future[Any] | None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        return self.waiting.get_loop() if self.waiting is not None else None

    @property
    def wanted(self) -> bool:
        return self.waiting is None or not self.waiting.cancelled()


class Outcome(NamedTuple):
    """What became of a job; `afterwards` is called only of one that is durable."""

    job: Job
    value: Any
    error: BaseException | None
    afterwards: Afterwards


class Writer:
    """Owns the writing connection from its start to `close`. `commits` counts the durable groups."""

    def __init__(self, connection: Connection) -> None:
        self.commits = 0
        self._connection = connection
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tegata-store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Queues `work`; the future of the running loop resolves once it is durable, with its value.

        One that is cancelled before its turn never runs.
        """
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(Job(work, waiting))
        return waiting

    def order(self, work: Callable[[Transaction], object]) -> None:
        """Queues `work` for which nobody waits, ahead of all that comes later."""
        self._put(Job(work, None))

    def close(self) -> None:
        """Writes what is queued, then stops."""
        with self._gate:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _put(self, job: Job) -> None:
        with self._gate:
            if self._closed:
                raise closed()
            self._queue.put(job)

    def _run(self) -> None:
        while group := self._next_group():
            wanted = [job for job in group if job.wanted]
            if wanted:
                tell(self._commit(wanted))
        self._connection.close()

    def _next_group(self) -> list[Job]:
        """Waits for one job and takes along those that queued up behind it; empty at the end."""
        group: list[Job] = []
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

    def _commit(self, group: list[Job]) -> list[Outcome]:
        """Runs the group in one transaction. Nobody is told of success before it is durable."""
        try:
            self._connection.begin(write=True)
            outcomes = [self._attempt(job) for job in group]
            self._connection.commit()
        except StoreError as error:
            with contextlib.suppress(StoreError):  # then the next begin fails, and every caller is told
                self._connection.rollback()
            return [Outcome(job, None, _again(error), []) for job in group]
        self.commits += 1
        return outcomes

    def _attempt(self, job: Job) -> Outcome:
        """Runs one caller's work so that its failure undoes its own writes only."""
        self._connection.script("SAVEPOINT caller")
        transaction = Transaction(self._connection)
        try:
            value = job.work(transaction)
        except Exception as error:
            if not self._connection.in_transaction and isinstance(error, StoreError):
                raise  # disk full, I/O error, database gone: there is no transaction left for anybody of the group
            self._connection.script("ROLLBACK TO caller; RELEASE caller")
            return Outcome(job, None, error, [])
        self._connection.script("RELEASE caller")
        return Outcome(job, value, None, transaction.afterwards)


def tell(outcomes: Iterable[Outcome]) -> None:
    """Wakes each event loop once for all who wait in it: a loop is woken by a system call, and the group is large."""
    for loop, told in groupby(outcomes, lambda outcome: outcome.job.loop):
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_resolve, loop, list(told))


def _resolve(loop: asyncio.AbstractEventLoop, outcomes: Iterable[Outcome]) -> None:
    """Also for a caller that did not wait: what it wrote is durable all the same."""
    for _, _, _, afterwards in outcomes:
        for call in afterwards:
            loop.call_soon(call)
    for job, value, error, _ in outcomes:
        if job.waiting is None or job.waiting.done():
            continue
        if error is None:
            job.waiting.set_result(value)
        else:
            job.waiting.set_exception(error)


def _again(error: StoreError) -> StoreError:
    """The same for one more caller: an exception that is shared grows with everybody who raises it."""
    copy = type(error)(error.what, why=error.why, hint=error.hint)
    copy.__cause__ = error.__cause__
    return copy
