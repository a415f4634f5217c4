"""Who looks after the log waits for it to change, and asks nothing of the store meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tegata.evidence.growth import Growth
from tegata.store import Store, Transaction
from tests.evidence.logs import open_log

T = TypeVar("T")


async def test_an_entry_wakes_and_is_not_missed_by_who_was_busy(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        growth = Growth(log.store, log.evidence)
        await log.add(1)
        await asyncio.wait_for(growth.wait(), 20)
        waiting = asyncio.create_task(growth.wait())
        await asyncio.sleep(0)
        await log.add(1)
        await asyncio.wait_for(waiting, 20)


async def test_what_is_not_durable_wakes_nobody(tmp_path: Path) -> None:
    def undone(tx: Transaction) -> None:
        log.evidence.changed(tx)
        raise ValueError("undone")

    async with open_log(tmp_path) as log:
        growth = Growth(log.store, log.evidence)
        with pytest.raises(ValueError, match="undone"):
            await log.store.write(undone)
        waiting = asyncio.create_task(growth.wait())
        assert not (await asyncio.wait({waiting}, timeout=1.3))[0]
        waiting.cancel()


async def test_an_idle_publisher_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, read = [0], Store.read

    async def counted(store: Store, work: Callable[[Transaction], T]) -> T:
        asked[0] += 1
        return await read(store, work)

    monkeypatch.setattr(Store, "read", counted)
    async with open_log(tmp_path) as log:
        running = asyncio.create_task(log.publisher.run())
        await log.add(2)
        while (log.tiles.checkpoint() or "").split("\n")[1:2] != ["3"]:
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.2)  # it looks once more after what it wrote itself
        before = asked[0]
        await asyncio.sleep(2.2)
        assert asked[0] - before <= 1
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
