"""Files as answers: whole or one range, under a strong tag, block by block for as long as they may go out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tegata.api.zerocopy import ZERO_COPY
from tegata.wire.codings import packed, preferred
from tegata.wire.ranges import entity_tag, select

_BLOCK: Final = 256 << 10  # bytes
_LEAST, _MOST, _QUICK = 64 << 10, 4 << 20, 0.1
"""Bytes that the kernel is given at a time: more while that takes less than so many seconds, fewer while it takes more,
so that a slow reader does not put off the next question whether they may go out."""


@dataclass(frozen=True)
class Whole:
    """A file of which requests may get parts, or so many bytes of one, from `start` on. Size and digest (`sha256:...`)
    were taken before."""

    path: Path
    size: int
    digest: str
    start: int = 0


class FileSlice(StreamingResponse):
    """What of a file a request asks for (RFC 9110 sections 13 and 14): 200, 206, 304, 412 or 416.

    Args:
        going: asked before each block, of so many bytes. Once it says no, the connection is closed, and whoever reads
            sees fewer bytes than were announced; so it is when the file is removed or cut.
    """

    def __init__(
        self, request: Request, whole: Whole, headers: Mapping[str, str], going: Callable[[int], Awaitable[bool]]
    ) -> None:
        asked = select(request.method, request.headers, whole.size, entity_tag(whole.digest))
        self._whole, self._slice, self._going = whole, asked, going
        none = {} if asked.status in (200, 206, 304) else {"Content-Length": "0"}  # an answer without content
        super().__init__(
            self._blocks() if request.method == "GET" else _nothing(),
            status_code=asked.status,
            headers={**headers, **asked.headers, **none},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._by_kernel = ZERO_COPY in scope.get("extensions", {}) and scope["method"] == "GET"
        with contextlib.suppress(_ShutError, FileNotFoundError):  # it is removed once nobody may have it
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        if not self._by_kernel:
            await super().stream_response(send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with contextlib.suppress(EOFError, TimeoutError):
            await self._send(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        start, stop, count, clock = self._slice.start, self._slice.stop, _BLOCK, asyncio.get_running_loop().time
        if start == stop:
            return
        with self._whole.path.open("rb") as file:
            while start < stop:
                count, begun = min(count, stop - start), clock()
                if not await self._going(count):
                    raise _ShutError
                offset = self._whole.start + start
                await send({"type": ZERO_COPY, "file": file, "offset": offset, "count": count, "more_body": True})
                start += count
                count = min(count * 2, _MOST) if clock() - begun < _QUICK else max(count // 2, _LEAST)

    async def _blocks(self) -> AsyncIterator[bytes]:
        start, stop = self._slice.start, self._slice.stop
        if start == stop:
            return
        with self._whole.path.open("rb") as file:
            file.seek(self._whole.start + start)
            while start < stop:
                block = await asyncio.to_thread(file.read, min(_BLOCK, stop - start))
                if not block or not await self._going(len(block)):
                    raise _ShutError
                start += len(block)
                yield block


class CodedFile(FileSlice):
    """The whole of a file in gzip or zstd, a representation of its own with a tag of its own (RFC 9110 section
    8.8.3.3). It is made while it goes out, so it has no length and no ranges: who is cut off asks for the rest as it
    is."""

    def __init__(
        self,
        request: Request,
        whole: Whole,
        headers: Mapping[str, str],
        going: Callable[[int], Awaitable[bool]],
        coding: str,
    ) -> None:
        super().__init__(request, whole, headers, going)
        self.body_iterator = packed(self._blocks(), coding)
        self.headers["ETag"] = f'{entity_tag(whole.digest)[:-1]}-{coding}"'
        self.headers["Content-Encoding"] = coding
        for name in ("Content-Length", "Accept-Ranges", "Repr-Digest"):  # these are of the file as it is
            del self.headers[name]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__({**scope, "extensions": {}}, receive, send)


_UNCODED: Final = ("range", "if-match", "if-none-match", "if-range")


def file_answer(
    request: Request, whole: Whole, headers: Mapping[str, str], going: Callable[[int], Awaitable[bool]]
) -> FileSlice:
    """What of a text a request asks for: in gzip or zstd to who prefers that, unless it asks for parts or under
    conditions."""
    varying = {**headers, "Vary": "Accept-Encoding"}
    coding = preferred(request.headers.get("accept-encoding", "")) if request.method == "GET" else ""
    if not coding or any(name in request.headers for name in _UNCODED):
        return FileSlice(request, whole, varying, going)
    return CodedFile(request, whole, varying, going, coding)


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


class _ShutError(Exception):
    """Nothing more may go out."""
