"""Bytes under way, out or in, stop when their transfer is suspended or ended, by either side, at whichever replica."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from tegata.store import Store, transfers
from tegata.transfer.handover import is_started

_SECONDS: Final = 0.1
_BYTES: Final = 4 << 20
"""So old may be what is known of a transfer when its next block moves: in time, and in bytes gone since."""


class StoppedError(Exception):
    """The transfer was ended or suspended while its data moved."""


class Watch:
    """Over one transfer while its data moves. The store is not asked for every block: that would take longer than to
    send it."""

    def __init__(self, store: Store, transfer: str) -> None:
        self._store = store
        self._transfer = transfer
        self._looked = float("-inf")
        self._gone = 0
        self._going = False

    async def look(self) -> bool:
        """Whether data may move, as it is now."""
        self._looked, self._gone = asyncio.get_running_loop().time(), 0
        self._going = await self._store.read(lambda tx: is_started(transfers.get(tx, self._transfer)))
        return self._going

    async def going(self, size: int) -> bool:
        """Whether the next block, of `size` bytes, may move."""
        self._gone += size
        if asyncio.get_running_loop().time() - self._looked >= _SECONDS or self._gone > _BYTES:
            return await self.look()
        return self._going

    async def over(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same blocks, as long as they may move. StoppedError."""
        async for block in blocks:
            if not await self.going(len(block)):
                raise StoppedError
            yield block
