"""Hears that somebody else has written to the same PostgreSQL database, without asking it again and again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Final

import asyncpg

from tegata.store.postgres import CHANNEL, connect
from tegata.store.postgres_errors import LOST

_PING_SECONDS: Final = 300
_LONGEST_PAUSE: Final = 30.0  # seconds between two attempts to connect


class Listener:
    """A session that waits, in a thread of its own.

    Args:
        heard: called in that thread when another writer than `writer` has committed, and after each connection, since
            something may have been missed before.
    """

    def __init__(self, url: str, writer: str, heard: Callable[[], None]) -> None:
        self._url = url
        self._writer = writer
        self._heard = heard
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="tegata-store-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._listen())

    async def _listen(self) -> None:
        pause = 0.0
        while not await self._done_within(pause):
            try:
                await self._session()
                pause = 0.1
            except (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError):
                pause = min(_LONGEST_PAUSE, 2 * pause + 0.1)

    async def _session(self) -> None:
        """Listens until the session is lost, or until the end."""
        link, lost = await connect(self._url, self._writer), asyncio.Event()
        try:
            link.add_termination_listener(lambda _: lost.set())
            await link.add_listener(CHANNEL, self._told)
            self._heard()
            ends = [asyncio.create_task(event.wait()) for event in (self._done, lost)]
            while not (await asyncio.wait(ends, timeout=_PING_SECONDS, return_when=asyncio.FIRST_COMPLETED))[0]:
                await link.execute(";")  # a session that a network has swallowed tells nobody
            for end in ends:
                end.cancel()
        finally:
            with contextlib.suppress(Exception):
                await link.close(timeout=2)

    def _told(self, _link: object, _pid: int, _channel: str, writer: object) -> None:
        if writer != self._writer:
            self._heard()

    async def _done_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._done.wait(), seconds)
        return self._done.is_set()
