"""Peers that ask too often, send too slowly, or hold connections: each meets its limit, and others are served."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tegata.api import body, connections
from tegata.node.config import Limits, NodeConfig, read_config
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import recipient
from tests.services.stranger import Stranger


@contextlib.asynccontextmanager
async def limited(folder: Path, **limits: float) -> AsyncIterator[LiveNode]:
    make_node(folder, "Example Provider")
    config: NodeConfig = msgspec.structs.replace(read_config(folder), limits=msgspec.convert(limits, Limits))
    (folder / "node.yaml").write_bytes(msgspec.yaml.encode(config))
    async with live_node(folder) as node:
        yield node


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[LiveNode]:
    async with limited(tmp_path / "node") as running:
        yield running


async def test_who_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    limits = {"requests_per_participant": 2, "requests_of_strangers": 0.5}
    async with (
        limited(tmp_path / "node", **limits) as node,
        Stranger().listening() as known,
        Stranger().listening() as new,
    ):
        await known.known_to(node, recipient("DE"))
        answers = [await new.get(node, "/catalog/datasets/x") for _ in range(4)]
        assert [answer.status for answer in answers] == [404, 404, 429, 429]
        assert answers[-1].headers["retry-after"] == "1"
        error = msgspec.json.decode(answers[-1].body)
        assert (error["@type"], error["code"], error["reason"][0]) == ("CatalogError", "429", "too many requests")
        async with Stranger().listening() as another:  # another name does not help
            assert (await another.get(node, "/catalog/datasets/x")).status == 429
        statuses = [(await known.get(node, "/catalog/datasets/x")).status for _ in range(12)]
        assert statuses[:8] == [404] * 8
        assert 429 in statuses[8:]
        await asyncio.sleep(1)
        assert (await known.get(node, "/catalog/datasets/x")).status == 404


class Raw:
    """A connection that sends what it likes."""

    def __init__(self, node: LiveNode) -> None:
        host, _, port = node.config.dsp.rpartition(":")
        self._address = host, int(port)

    async def __aenter__(self) -> Raw:
        self.reader, self.writer = await asyncio.open_connection(*self._address)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def closed_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            return False
        except ConnectionResetError:
            pass
        return True

    async def status(self) -> int:
        return int((await self.reader.readline()).split()[1])


async def versions(node: LiveNode) -> int:
    async with Raw(node) as raw:
        raw.writer.write(b"GET /.well-known/dspace-version HTTP/1.1\r\nHost: x\r\n\r\n")
        return await raw.status()


HEADS = (b"", b"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: x\r\nX: ", b"\r\n")


@pytest.mark.parametrize("head", HEADS)
async def test_a_head_that_does_not_end_is_cut_off(
    node: LiveNode, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    async with Raw(node) as raw:
        raw.writer.write(head)
        waiting = asyncio.create_task(raw.closed_within(5))
        for _ in range(4):  # a byte now and then is no progress
            await asyncio.sleep(0.1)
            if head:
                raw.writer.write(b"a")
        assert await waiting
    assert await versions(node) == 200


async def test_a_second_head_on_a_connection_must_end_too(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    async with Raw(node) as raw:
        raw.writer.write(b"GET /.well-known/dspace-version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await raw.status() == 200
        await asyncio.sleep(0.5)  # between requests nothing has to come
        raw.writer.write(b"GET / HTTP/1.1\r\n")
        assert await raw.closed_within(5)


async def test_a_head_without_end_takes_bounded_memory(node: LiveNode) -> None:
    async with Raw(node) as raw:
        raw.writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        for number in range(2000):
            if raw.writer.is_closing():
                break
            raw.writer.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))
            with contextlib.suppress(ConnectionError):
                await raw.writer.drain()
        assert await raw.closed_within(5)


async def test_a_body_that_does_not_end_is_refused(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.3)
    async with Raw(node) as raw:
        raw.writer.write(b"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        assert await raw.status() == 408


async def test_a_body_that_is_too_long_is_refused_before_its_end(node: LiveNode) -> None:
    async with Raw(node) as raw:
        raw.writer.write(b"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        raw.writer.write(b" " * ((1 << 20) + 1))
        assert await raw.status() == 413


@pytest.mark.parametrize("limit", ["connections", "connections_per_address"])
async def test_connections_are_counted_and_come_back(tmp_path: Path, limit: str) -> None:
    async with limited(tmp_path / "node", **{limit: 3}) as node, contextlib.AsyncExitStack() as held:
        for _ in range(3):
            await held.enter_async_context(Raw(node))
        await asyncio.sleep(0.1)
        async with Raw(node) as one_more:
            assert await one_more.closed_within(2)
        await held.aclose()
        await asyncio.sleep(0.1)
        assert await versions(node) == 200
