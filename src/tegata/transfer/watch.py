"""Bytes on their way out stop when their transfer is suspended or ended, by either side, at whichever replica."""

from __future__ import annotations

import time
from typing import Final

from tegata.store import Store, transfers
from tegata.transfer.handover import is_started

_SECONDS: Final = 0.1
_BYTES: Final = 4 << 20
"""So old may be what is known of a transfer when its next block leaves: in time, and in bytes gone since."""


class Watch:
    """Over one transfer while its data goes out. The store is not asked for every block: that would take longer than to
    send it."""

    def __init__(self, store: Store, transfer: str) -> None:
        self._store = store
        self._transfer = transfer
        self._looked = float("-inf")
        self._gone = 0
        self._going = False

    async def going(self, size: int) -> bool:
        """Whether the next block, of `size` bytes, may go out."""
        now = time.monotonic()
        self._gone += size
        if now - self._looked >= _SECONDS or self._gone > _BYTES:
            self._looked, self._gone = now, size
            self._going = await self._store.read(lambda tx: is_started(transfers.get(tx, self._transfer)))
        return self._going
