"""Work that is kept in rows with a due time and a lease: done by whoever holds the row, found again when they die.

Nothing is asked of the store while nothing is due. What is written here is held here from the beginning and handed over
once it is durable; what was put off, or held by somebody who is no more, is claimed when its time has come.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar

import structlog

from tegata.clock import Clock
from tegata.exchange.backoff import wait
from tegata.model.errors import StoreError
from tegata.store import Lease, Store, Transaction

LEASE: Final = dt.timedelta(seconds=30)
PAUSE_S: Final = LEASE.total_seconds()
_RENEW: Final = LEASE / 3
_AT_ONCE: Final = 100
_log = structlog.get_logger("tegata.agenda")

T = TypeVar("T")


class Rows(Protocol[T]):
    """Where the work is kept: `store.outbox`, `store.work`."""

    def claim(self, tx: Transaction, now: dt.datetime, lease: Lease, limit: int = 100) -> list[T]: ...

    def renew(self, tx: Transaction, key: str, lease: Lease, /) -> None: ...

    def next_due(self, tx: Transaction) -> dt.datetime | None: ...


class Agenda(Generic[T]):
    """Does each item that it holds, side by side, and never the same one twice at a time.

    Args:
        key: names the row of an item.
        do: does an item, and lets go of its row or lets it be due again; what it raises is logged, and the lease ends.
        lanes: how many are done at a time.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rows: Rows[T],
        key: Callable[[T], str],
        do: Callable[[T], Awaitable[None]],
        lanes: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rows: Rows[T] = rows
        self._key = key
        self._do = do
        self._lanes = asyncio.Semaphore(lanes)
        self._taken: asyncio.Queue[T] = asyncio.Queue()
        self._held: dict[str, dt.datetime] = {}  # when the lease was taken, by key
        self._again: dict[str, T] = {}
        self._due: dt.datetime | None = None
        self._woken = asyncio.Event()
        self._failures = 0

    def lease(self) -> Lease:
        """A lease from now on, for a row that is about to be written."""
        return Lease(self._store.owner, self._clock.now() + LEASE)

    def take(self, item: T) -> None:
        """Do an item that we hold. One that is being done is done once more afterwards."""
        key = self._key(item)
        if key in self._held:
            self._again[key] = item
            return
        if not self._held:
            self._woken.set()  # from now on leases may have to be renewed
        self._held[key] = self._clock.now()
        self._taken.put_nowait(item)
        self.expect(self._held[key] + LEASE)

    def expect(self, at: dt.datetime) -> None:
        """Look into the store at that time: something may be due."""
        if self._due is None or at < self._due:
            self._due = at
            self._woken.set()

    async def run(self) -> None:
        """Work for ever, beginning with what others left."""
        loop = asyncio.get_running_loop()

        def heard() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(lambda: self.expect(self._clock.now() + LEASE))

        self._store.watch(heard)
        self.expect(self._clock.now())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_looking())
            while True:
                group.create_task(self._one(await self._taken.get()))

    async def _one(self, item: T) -> None:
        key = self._key(item)
        try:
            while not await self._done(item, key):
                await asyncio.sleep(PAUSE_S)
        finally:
            del self._held[key]
        if key in self._again:
            self.take(self._again.pop(key))

    async def _done(self, item: T, key: str) -> bool:
        """False when the store could not keep what became of it. Then it is done again, by us who hold it: the time at
        which its row is due was said by a clock that may have been hours ahead."""
        try:
            async with self._lanes:
                await self._do(item)
        except StoreError as error:
            _log.warning("work.waits", key=key, why=str(error))
            return False
        except Exception:  # noqa: BLE001  one broken item must not stop the others
            _log.exception("work.failed", key=key)
        return True

    async def _keep_looking(self) -> None:
        while True:
            await self._sleep()
            now = self._clock.now()
            try:
                await self._renew(now)
                if self._due is not None and self._due <= now:
                    await self._look(now)
                self._failures = 0
            except StoreError as error:
                self._failures += 1
                self._due = now + wait(self._failures)
                _log.warning("store.unavailable", why=str(error))

    async def _sleep(self) -> None:
        """Until something is due, leases must be renewed, or we are woken."""
        times = [self._due] if self._due is not None else []
        times += [self._clock.now() + _RENEW] if self._held else []
        seconds = max(0.0, (min(times) - self._clock.now()).total_seconds()) if times else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    async def _look(self, now: dt.datetime) -> None:
        def work(tx: Transaction) -> tuple[list[T], dt.datetime | None]:
            return self._rows.claim(tx, now, self.lease(), _AT_ONCE), self._rows.next_due(tx)

        found, self._due = await self._store.write(work)
        for item in found:
            if self._key(item) not in self._held:  # else only its lease was overdue
                self.take(item)

    async def _renew(self, now: dt.datetime) -> None:
        """Hold on to what takes its time."""
        old = [key for key, since in self._held.items() if now - since >= _RENEW]
        if not old:
            return
        lease = self.lease()

        def work(tx: Transaction) -> None:
            for key in old:
                self._rows.renew(tx, key, lease)

        await self._store.write(work)
        self._held |= {key: now for key in old if key in self._held}
