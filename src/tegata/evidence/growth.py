"""Waiting for the log to change, so that an idle node asks its store nothing."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import Final

from tegata.evidence.log import EvidenceLog
from tegata.store import Store

SPACING_SECONDS: Final = 1.0
"""Whoever waits looks this often at most, and so an entry waits this long at most."""
_LONGEST_SECONDS: Final = 60.0  # also where a word of a change was lost, or a clock was set


class Growth:
    """Wakes one who waits: for an entry or a signature of this process once it is durable, for what another opening of
    the same state may have written, or for a time."""

    def __init__(self, store: Store, evidence: EvidenceLog) -> None:
        self._store = store
        self._changed = asyncio.Event()
        evidence.watch(self._changed.set)

    def listen(self) -> None:
        """Hear of other openings too, from now on, in the running event loop."""
        loop = asyncio.get_running_loop()

        def heard() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._changed.set)

        self._store.watch(heard)

    async def wait(self, at_most: dt.timedelta | None = None) -> None:
        """Return when the log has changed since the last return, or when the time is over."""
        await asyncio.sleep(SPACING_SECONDS)
        left = _LONGEST_SECONDS if at_most is None else min(max(at_most.total_seconds(), 0), _LONGEST_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._changed.wait()
        self._changed.clear()
