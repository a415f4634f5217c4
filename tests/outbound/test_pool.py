"""Connections are used again, given back whatever happens, and never handed out once their peer has closed them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tegata.model.errors import PeerError
from tegata.outbound import Outbound, OutboundPolicy, pool

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """Answers over plain sockets and counts the connections that were opened."""

    def __init__(self) -> None:
        self.opened = 0
        self.answer = ANSWER
        self.closes = False
        self.held = asyncio.Event()
        self.held.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await self.held.wait()
                writer.write(self.answer)
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def peer_and_gate() -> AsyncIterator[tuple[Peer, Outbound, str]]:
    peer, outbound = Peer(), Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield peer, outbound, url
    finally:
        await outbound.close()
        server.close()


async def test_one_connection_serves_request_after_request() -> None:
    async with peer_and_gate() as (peer, outbound, url):
        for _ in range(20):
            assert (await outbound.request("GET", url)).body == b"ok"
        assert peer.opened == 1


async def test_as_many_connections_as_requests_at_a_time() -> None:
    async with peer_and_gate() as (peer, outbound, url):
        for _ in range(2):
            await asyncio.gather(*(outbound.request("GET", url) for _ in range(8)))
        assert 2 <= peer.opened <= 8


async def test_a_connection_that_the_peer_closed_is_not_used_again() -> None:
    async with peer_and_gate() as (peer, outbound, url):
        peer.closes = True
        for _ in range(5):
            assert (await outbound.request("GET", url)).status == 200
            await asyncio.sleep(0.02)
        assert peer.opened == 5


async def test_a_broken_answer_does_not_stay_in_the_pool() -> None:
    async with peer_and_gate() as (peer, outbound, url):
        peer.answer = b"nonsense\r\n\r\n"
        with pytest.raises(PeerError):
            await outbound.request("GET", url)
        peer.answer = ANSWER
        assert (await outbound.request("GET", url)).body == b"ok"
        assert peer.opened == 2


async def test_a_request_that_is_given_up_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CONNECTIONS", 1)
    async with peer_and_gate() as (peer, outbound, url):
        for _ in range(3):
            peer.held.clear()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await outbound.request("GET", url)
            peer.held.set()
        assert (await outbound.request("GET", url)).body == b"ok"


async def test_an_answer_that_is_longer_than_allowed_is_not_read_into_the_next() -> None:
    async with peer_and_gate() as (_, outbound, url):
        with pytest.raises(PeerError, match="longer"):
            await outbound.request("GET", url, max_bytes=1)
        assert (await outbound.request("GET", url)).body == b"ok"


async def test_what_is_idle_for_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(pool, "_SWEEP_SECONDS", 0.0)
    async with peer_and_gate() as (peer, outbound, url):
        for _ in range(3):
            await outbound.request("GET", url)
        assert peer.opened == 3
