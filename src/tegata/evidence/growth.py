"""Waiting for the log to change, so that an idle node asks its store nothing."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import Final

from tegata.evidence.log import EvidenceLog
from tegata.store import Store

SPACING_SECONDS: Final = 0.5
"""Whoever waits looks this often at most, counted from one look to the next: an entry waits so long, and for the look
itself, which together stays under a second."""
_LONGEST_SECONDS: Final = 60.0  # also where a word of a change was lost, or a clock was set


class Growth:
    """Wakes one who waits: for an entry or a signature of this process once it is durable, for what another opening of
    the same state may have written, or for a time."""

    def __init__(self, store: Store, evidence: EvidenceLog) -> None:
        self._store = store
        self._changed = asyncio.Event()
        self._looked: float | None = None  # time of the loop
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
        now = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, (now() if self._looked is None else self._looked) + SPACING_SECONDS - now()))
        left = _LONGEST_SECONDS if at_most is None else min(max(at_most.total_seconds(), 0), _LONGEST_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._changed.wait()
        self._changed.clear()
        self._looked = now()
