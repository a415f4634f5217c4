"""Connections of strangers: so many at a time, heads of requests in good time and of bounded size, answers taken.

The HTTP server itself waits for ever for the first byte, for the end of a head, and for a reader that does not read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tegata.api import zerocopy
from tegata.api.zerocopy import ZeroCopy

HEAD_SECONDS: Final = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""

HEAD_BYTES: Final = 64 << 10


class Doorkeeper:
    """Counts connections: at most `most` at a time, at most `each` from one address."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._by_address: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Whether one more may come in; it is counted until it leaves, either way."""
        self._by_address[address] += 1
        return self._by_address.total() <= self._most and self._by_address[address] <= self._each

    def leave(self, address: str) -> None:
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Whoever goes beyond a limit is cut off without an answer."""

    doorkeeper: ClassVar[Doorkeeper]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._address = self.client[0] if self.client else ""
        if self.doorkeeper.enter(self._address):
            self._expect_head()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorkeeper.leave(self._address)
        self._head_arrived()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.abort()

    def on_message_begin(self) -> None:
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_arrived()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        offering: Any = ZeroCopy(app, cycle) if self.scheme == "http" else app
        super()._start_asgi_task(cycle, offering)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall_timer = self.loop.call_later(zerocopy.STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _taken(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


def guarded(most: int, each: int) -> type[Any]:
    """The protocol class of one server, with its own count."""
    return type("GuardedProtocol", (GuardedProtocol,), {"doorkeeper": Doorkeeper(most, each)})
