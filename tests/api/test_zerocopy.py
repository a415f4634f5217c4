"""Files by the kernel: the right bytes on connections that are used again, with readers that are slow or go away."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api import zerocopy
from tegata.api.slices import FileSlice, Whole
from tests.nodes import free_port, served

SIZE = 24 << 20


class Place:
    """A file behind an address."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = os.urandom(SIZE)
        path.write_bytes(self.data)
        self.port = free_port()
        self.open = True
        self.by_kernel = 0
        self.wait_for_leave = False

    async def get(self, request: Request) -> Response:
        self.by_kernel += zerocopy.ZERO_COPY in request.scope["extensions"]

        async def going(_: int) -> bool:
            if self.wait_for_leave:
                await _closed(request)
            return self.open

        return FileSlice(request, Whole(self.path, SIZE, "sha256:00"), {}, going)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16)


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(tmp_path) as found:
        yield found


@contextlib.asynccontextmanager
async def placed(folder: Path) -> AsyncIterator[Place]:
    found = Place(folder / "file")
    app = Starlette(routes=[Route("/", found.get, methods=["GET", "HEAD"])])
    async with served(app, f"127.0.0.1:{found.port}"):
        yield found


def head(fields: str = "", method: str = "GET") -> bytes:
    return f"{method} / HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer on a connection."""
    said = await reader.readuntil(b"\r\n\r\n")
    length = int(said.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return int(said.split()[1]), await reader.readexactly(length)


async def test_answers_follow_one_another_on_one_connection(place: Place) -> None:
    reader, writer = await place.connect()
    writer.write(head() + head("Range: bytes=5-9\r\n") + head("Range: bytes=-7\r\n"))  # all at once
    for status, wanted in ((200, place.data), (206, place.data[5:10]), (206, place.data[-7:])):
        assert await answer(reader) == (status, wanted)
    writer.write(head("Range: bytes=1000000-20000000\r\n"))
    assert await answer(reader) == (206, place.data[1_000_000:20_000_001])
    writer.close()
    assert place.by_kernel == 4


async def test_many_readers_at_once(place: Place) -> None:
    async def read(start: int) -> None:
        reader, writer = await place.connect()
        writer.write(head(f"Range: bytes={start}-\r\n"))
        assert await answer(reader) == (206, place.data[start:])
        writer.close()

    await asyncio.gather(*(read(n * 1_000_003) for n in range(8)))


@pytest.mark.parametrize("harm", ["cut", "shut", "removed"])
async def test_what_cannot_go_on_ends_early_and_closed(place: Place, harm: str) -> None:
    reader, writer = await place.connect()
    writer.write(head())
    await reader.readuntil(b"\r\n\r\n")
    got = len(await reader.readexactly(100_000))
    if harm == "cut":
        os.truncate(place.path, 1 << 20)
    else:
        place.open = False
        place.path.unlink(missing_ok=harm == "removed")
    while block := await asyncio.wait_for(reader.read(1 << 20), 10):
        got += len(block)
    assert got < SIZE
    writer.close()


async def test_who_reads_nothing_is_given_up_and_who_leaves_is_forgotten(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zerocopy, "STALL_SECONDS", 0.2)
    reader, writer = await place.connect()
    writer.write(head())
    await asyncio.sleep(0.6)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await answer(reader)
    writer.close()
    _, gone = await place.connect()
    gone.write(head())
    gone.transport.abort()
    reader, writer = await place.connect()
    writer.write(head("Range: bytes=0-1\r\n"))
    assert await answer(reader) == (206, place.data[:2])
    writer.close()


async def _closed(request: Request) -> None:
    """Until the server's own end of the connection is closed, and not a step of the event loop longer."""
    transport: Any = request.receive.__self__.transport  # type: ignore[attr-defined]
    with contextlib.suppress(RuntimeError):
        while True:
            transport.set_write_buffer_limits()
            await asyncio.sleep(0)


async def leave_as_a_block_goes_out(folder: Path) -> None:
    async with placed(folder) as place:
        place.wait_for_leave = True
        _, gone = await place.connect()
        gone.write(head())
        await gone.drain()
        gone.transport.abort()
        await asyncio.sleep(0.2)
        place.wait_for_leave = False
        reader, writer = await place.connect()
        writer.write(head("Range: bytes=0-1\r\n"))
        assert await answer(reader) == (206, place.data[:2])
        writer.close()


def test_who_leaves_as_a_block_goes_out_is_no_fault(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On the event loop of nodes, which takes nothing for a connection that is closed."""
    uvloop.run(leave_as_a_block_goes_out(tmp_path))
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
