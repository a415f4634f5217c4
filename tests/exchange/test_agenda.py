"""Due times and leases, on a clock that is ours: nothing is done twice at once, lost, or asked idly."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.clock import FixedClock
from tegata.exchange import agenda
from tegata.exchange.agenda import LEASE
from tegata.exchange.worker import Worker
from tegata.model.errors import PeerError
from tegata.store import Lease, Store, Transaction, UnavailableError, negotiations, work
from tests.contract.store_contract import NOW, a_negotiation

SECOND, HOUR = dt.timedelta(seconds=1), dt.timedelta(hours=1)


class Counting:
    """A store that counts what is asked of it, and can be away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.owner, self.watch, self.read = store.owner, store.watch, store.read
        self.writes = 0
        self.away = False

    async def write(self, work: Callable[[Transaction], Any]) -> Any:
        self.writes += 1
        if self.away:
            raise UnavailableError("away")
        return await self._store.write(work)


class World:
    """A worker whose steps wait until they are let go, or fail."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = Counting(store), FixedClock(NOW)
        self.begun: list[str] = []
        self.running = 0
        self.go = asyncio.Event()
        self.go.set()
        self.fails: Exception | None = None
        self.worker = Worker(self.store, self.clock, self._step)  # type: ignore[arg-type]

    async def _step(self, process: str) -> None:
        self.begun.append(process)
        self.running += 1
        await self.go.wait()
        self.running -= 1
        if self.fails is not None:
            raise self.fails
        version = await self.store.read(lambda tx: _version(tx, process))
        await self.store.write(lambda tx: work.done(tx, process, version))

    async def owed(self, name: str) -> None:
        def insert(tx: Transaction) -> None:
            negotiations.insert(tx, a_negotiation(name), self.worker.owe(tx, f"urn:uuid:{name}"))

        await self.store.write(insert)

    async def passes(self, time: dt.timedelta) -> None:
        """Time goes on; whoever sleeps until then looks at the clock again."""
        self.clock.advance(time)
        self.worker._agenda._woken.set()
        await asyncio.sleep(0.05)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    def at_rest(self) -> bool:
        """Nothing is being done, and what became of what was done is durable."""
        return not self.worker._agenda._held

    async def due(self) -> dt.datetime | None:
        return await self.store.read(work.next_due)


def _version(tx: Transaction, process: str) -> int:
    found = negotiations.get(tx, process)
    return found.version if found else 0


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = Store.open(tmp_path)
    made = World(store)
    task = asyncio.create_task(made.worker.run())
    await made.until(lambda: made.store.writes == 1)  # it has looked once
    yield made
    made.go.set()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    store.close()


async def test_a_step_is_taken_once_it_is_durable_without_a_look(world: World) -> None:
    await world.owed("n1")
    await world.until(lambda: world.begun == ["urn:uuid:n1"])
    await asyncio.sleep(0.05)
    assert await world.due() is None
    assert world.store.writes == 3  # the first look, the row, and that it is done


async def test_nothing_is_asked_while_nothing_is_due(world: World) -> None:
    await world.owed("n1")
    await world.until(lambda: bool(world.begun) and world.at_rest())
    await world.passes(2 * LEASE)
    await world.until(lambda: world.store.writes == 4)  # once more, in case somebody died in the middle of it
    before = world.store.writes
    for _ in range(5):
        await world.passes(dt.timedelta(hours=1))
    assert world.store.writes == before


async def test_what_was_left_is_found_when_the_lease_is_over(world: World) -> None:
    left = Lease("dead", NOW + LEASE)
    await world.store.write(lambda tx: negotiations.insert(tx, a_negotiation(), left))
    world.worker._agenda.expect(NOW + LEASE)
    await world.passes(LEASE - SECOND)
    assert world.begun == []
    await world.passes(SECOND)
    await world.until(lambda: world.begun == ["urn:uuid:n1"])


async def test_a_long_step_keeps_its_lease_and_is_not_begun_again(world: World) -> None:
    world.go.clear()
    await world.owed("n1")
    await world.until(lambda: world.running == 1)
    for _ in range(8):
        await world.passes(LEASE / 2)
        assert await world.due() == world.clock.now() + LEASE
        other = Lease("other", world.clock.now() + LEASE)
        assert await world.store.write(lambda tx, other=other: work.claim(tx, world.clock.now(), other)) == []
    world.go.set()
    await world.until(lambda: world.running == 0)
    assert world.begun == ["urn:uuid:n1"]


async def test_a_step_that_is_touched_while_it_runs_runs_once_more(world: World) -> None:
    world.go.clear()
    await world.owed("n1")
    await world.until(lambda: world.running == 1)
    for _ in range(3):
        world.worker.touch("urn:uuid:n1")
    assert world.running == 1
    world.go.set()
    await world.until(lambda: world.begun == ["urn:uuid:n1"] * 2)
    await asyncio.sleep(0.05)
    assert len(world.begun) == 2


async def test_a_step_that_fails_is_due_again_later_and_for_anybody(world: World) -> None:
    world.fails = PeerError("away")
    await world.owed("n1")
    for pause in (1, 2, 4, 8):
        await world.until(lambda: world.running == 0 and world.begun != [])
        await asyncio.sleep(0.05)
        assert await world.due() == world.clock.now() + dt.timedelta(seconds=pause)
        world.begun.clear()
        await world.passes(dt.timedelta(seconds=pause) - SECOND / 2)
        assert world.begun == []
        await world.passes(SECOND / 2)
    owner = Lease("other", world.clock.now() + LEASE)
    later = world.clock.now() + dt.timedelta(minutes=1)
    assert await world.store.write(lambda tx: work.claim(tx, later, owner)) == ["urn:uuid:n1"]


async def test_a_store_that_is_away_is_asked_again_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "PAUSE_S", 0.02)
    world.go.clear()
    await world.owed("n1")
    await world.until(lambda: world.running == 1)
    world.store.away = True
    world.go.set()
    await world.until(lambda: world.running == 0)
    for _ in range(4):
        await world.passes(LEASE)
    world.store.away = False
    await world.until(world.at_rest)
    assert len(world.begun) > 1
    assert await world.due() is None


async def test_what_a_full_disk_left_undone_does_not_wait_for_the_hour_of_a_wrong_clock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "PAUSE_S", 0.02)
    world.clock.advance(2 * HOUR)
    world.go.clear()
    await world.owed("n1")  # its lease ends two hours from now
    await world.until(lambda: world.running == 1)
    world.store.away = True
    world.go.set()
    await world.until(lambda: world.running == 0)
    world.clock.advance(-2 * HOUR)
    world.store.away = False
    await world.until(lambda: len(world.begun) > 1)
    await asyncio.sleep(0.05)
    assert await world.due() is None
