"""Connections to peers, kept for a while and used again.

The pool of the HTTP library looks at every idle connection before each request, which was a third of all that a busy
node did. This one looks at the connection that it takes, and once a second at those that nobody took.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Final, NamedTuple

import httpcore2

CONNECTIONS: Final = 256
IDLE_SECONDS: Final = 30.0
_SWEEP_SECONDS: Final = 1.0

Connection = httpcore2.AsyncHTTPConnection


class _Idle(NamedTuple):
    connection: Connection
    until: float


class Pool:
    """At most `CONNECTIONS` requests under way, and as many idle connections per origin at most as were once busy.

    Args:
        connect: makes a connection to an origin, which opens with its first request.
    """

    def __init__(self, connect: Callable[[httpcore2.Origin], Connection]) -> None:
        self._connect = connect
        self._idle: dict[str, deque[_Idle]] = {}  # by origin
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._next_sweep = 0.0

    async def request(self, request: httpcore2.Request) -> httpcore2.Response:
        """The head of the answer; close it, whatever happened: then its connection is free again."""
        origin = request.url.origin
        await self._places.acquire()
        try:
            connection = await self._take(origin)
        except BaseException:
            self._places.release()
            raise
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await self._give_back(origin, connection)
            raise
        body = _Body(response, lambda: self._give_back(origin, connection))
        return httpcore2.Response(response.status, headers=response.headers, content=body)

    async def aclose(self) -> None:
        """Close what is idle."""
        for idle in self._idle.values():
            for held in idle:
                await held.connection.aclose()
        self._idle.clear()

    async def _take(self, origin: httpcore2.Origin) -> Connection:
        """The one that was used last, unless its peer has closed it since."""
        idle = self._idle.get(str(origin))
        while idle:
            connection = idle.pop().connection
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return self._connect(origin)

    async def _give_back(self, origin: httpcore2.Origin, connection: Connection) -> None:
        self._places.release()
        now = time.monotonic()
        if connection.is_idle() and not connection.is_closed():
            self._idle.setdefault(str(origin), deque()).append(_Idle(connection, now + IDLE_SECONDS))
        else:
            await connection.aclose()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            await self._sweep(now)

    async def _sweep(self, now: float) -> None:
        """Close what has been idle for too long: in each queue the oldest stand first."""
        over: list[Connection] = []
        for origin, idle in list(self._idle.items()):
            while idle and idle[0].until <= now:
                over.append(idle.popleft().connection)
            if not idle:
                del self._idle[origin]
        for connection in over:
            await connection.aclose()


class _Body:
    """The body of an answer, at whose end the connection is given back, once."""

    def __init__(self, response: httpcore2.Response, give_back: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._give_back: Callable[[], Awaitable[None]] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream = self._response.stream
        if isinstance(stream, AsyncIterable):
            async for part in stream:
                yield part

    async def aclose(self) -> None:
        try:
            await self._response.aclose()
        finally:
            give_back, self._give_back = self._give_back, None
            if give_back is not None:
                await give_back()
