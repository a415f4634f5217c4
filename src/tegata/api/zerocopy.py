"""Files go out by the kernel (sendfile(2)), as the ASGI extension `http.response.zerocopysend` asks for it.

uvicorn does not offer the extension, and uvloop has no `sendfile`. What is sent goes to a duplicate of the connection's
descriptor, which the event loop lets us wait for, once the transport has written all that it held. Only plain
connections have it: what TLS encrypts, the kernel cannot send. A thread waits for the disk, not the event
loop.

https://asgi.readthedocs.io/en/latest/extensions.html#zero-copy-send
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

ZERO_COPY: Final = "http.response.zerocopysend"

STALL_SECONDS: Final = 60.0
"""So long nobody may leave an answer unread while more of it waits."""


class ZeroCopy:
    """An application that may send files by the kernel while it answers one request."""

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] != ZERO_COPY:
                await send(message)
                return
            await self._copy(message["file"].fileno(), message.get("offset", 0), message["count"])
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        scope.setdefault("extensions", {})[ZERO_COPY] = {}
        await self._app(scope, receive, sending)

    async def _copy(self, file: int, start: int, count: int) -> None:
        """So many bytes of a file. EOFError when it has fewer or the connection is closed, TimeoutError when nobody
        takes them."""
        async with self._emptied() as out:
            while count and not self._cycle.disconnected:
                try:
                    sent = await _sent(out, file, start, count)
                except BlockingIOError:
                    await _writable(out)
                    continue
                except OSError:  # the reader has gone: the server learns it by itself
                    return
                if not sent:
                    raise EOFError
                start, count = start + sent, count - sent
                self._cycle.expected_content_length -= sent

    @asynccontextmanager
    async def _emptied(self) -> AsyncIterator[int]:
        """A descriptor of the connection, once all that was written before has left. EOFError when it is closed."""
        transport: Any = self._cycle.transport
        if transport.is_closing():  # then it takes no limits either
            raise EOFError
        transport.set_write_buffer_limits(high=0)  # so that `drain` waits for the last byte
        try:
            while transport.get_write_buffer_size() and not self._cycle.disconnected:
                await asyncio.sleep(0)
                await self._cycle.flow.drain()
            if transport.is_closing():
                raise EOFError
            out = os.dup(transport.get_extra_info("socket").fileno())
        finally:
            if not transport.is_closing():
                transport.set_write_buffer_limits()
        try:
            yield out
        finally:
            os.close(out)


async def _sent(out: int, file: int, start: int, count: int) -> int:
    """What fits into the connection of so many bytes of a file. What lies in memory needs no thread, which would take
    longer than the kernel does."""
    try:
        at_hand = os.preadv(file, [bytearray(1)], start + count - 1, os.RWF_NOWAIT)
    except OSError:  # not in memory, or the file system cannot tell
        at_hand = 0
    if at_hand:
        return os.sendfile(out, file, start, count)
    return await asyncio.to_thread(os.sendfile, out, file, start, count)


async def _writable(out: int) -> None:
    """Wait until more fits into the connection. TimeoutError after STALL_SECONDS."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(out, ready.set)
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await ready.wait()
    finally:
        loop.remove_writer(out)
