"""Bytes under way, out or in, stop when their transfer is suspended or ended, by either side, at whichever replica."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final, TypeVar

from tegata.model.process import TransferProcess
from tegata.store import Store, Transaction, transfers
from tegata.transfer.limits import Pace, Paces

T = TypeVar("T")
_PATIENCE: Final = 0.5  # seconds
_SECONDS: Final = 0.1
_BYTES: Final = 4 << 20
"""So old may be what is known of a transfer when its next block moves: in time, and in bytes gone since."""


def is_started(process: TransferProcess | None) -> bool:
    """Whether its data may move."""
    return process is not None and process.state == "STARTED"


class StoppedError(Exception):
    """The transfer was ended or suspended while its data moved."""


async def while_requested(store: Store, transfer: str, work: Coroutine[Any, Any, T]) -> T:
    """What a work gives that a transfer waits for; it is cancelled within a second once nobody waits any more.

    Raises:
        StoppedError: the transfer has ended. And whatever `work` raises.
    """

    def waits(tx: Transaction) -> bool:
        process = transfers.get(tx, transfer)
        return process is not None and process.state == "REQUESTED"

    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=_PATIENCE))[0]:
            if not await store.read(waits):
                raise StoppedError
        return task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})


class Watch:
    """Over one transfer while its data moves. The store is not asked for every block: that would take longer than to
    send it. Where the agreement has a rate, `paces` keep to it."""

    def __init__(self, store: Store, transfer: str, paces: Paces | None = None) -> None:
        self._store = store
        self._transfer = transfer
        self._paces = paces
        self._pace: Pace | None = None
        self._looked = float("-inf")
        self._gone = 0
        self._going = False

    async def look(self) -> bool:
        """Whether data may move, as it is now."""
        self._looked, self._gone = asyncio.get_running_loop().time(), 0
        self._going = await self._store.read(self._look)
        return self._going

    async def going(self, size: int) -> bool:
        """Whether the next block, of `size` bytes, may move, once it is its turn."""
        if self._looked == float("-inf"):  # the rate is not known yet, and many short requests shall not go round it
            await self.look()
        if self._pace is not None:
            await self._pace.take(size)
        self._gone += size
        if asyncio.get_running_loop().time() - self._looked >= _SECONDS or self._gone > _BYTES:
            return await self.look()
        return self._going

    def _look(self, tx: Transaction) -> bool:
        process = transfers.get(tx, self._transfer)
        if process is not None and self._paces is not None:
            self._pace = self._paces.of(tx, process)
        return is_started(process)

    async def over(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same blocks, as long as they may move. StoppedError."""
        async for block in blocks:
            if not await self.going(len(block)):
                raise StoppedError
            yield block
