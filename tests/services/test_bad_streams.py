"""Streams that turn bad between publication and release: a clear refusal, nothing released without its entry, nothing
left behind; and what is odd but right leaves as it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tegata.evidence import recorded
from tests.brokers.small_kafka import SmallKafka, batch
from tests.nodes import LiveNode
from tests.services.conftest import OPEN

READINGS: list[tuple[bytes | None, bytes | None]] = [(None, b'{"celsius": %d}' % n) for n in range(36, 40)]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.catalog.kafka.PAUSES", (0.01, 0.01))
    monkeypatch.setattr("tegata.wire.kafka_batch.ROOM", 1 << 20)


def bombed(broker: SmallKafka) -> None:
    broker.batches = [batch(0, [(None, b" " * (4 << 20) + b"1")] * 4, packing=4)]


def damaged(broker: SmallKafka) -> None:
    broker.batches = [broker.batches[0][:-3] + b"???"]


def gone(broker: SmallKafka) -> None:
    broker.error = 3


def breaking(broker: SmallKafka) -> None:
    broker.cuts = range(1000)


def binary(broker: SmallKafka) -> None:
    broker.batches, broker.end = [*broker.batches, batch(4, [(None, b"\xff\xfe no text")])], 5


@pytest.mark.parametrize("turn", [bombed, damaged, gone, breaking, binary])
async def test_what_turned_bad_is_refused_and_nothing_is_released(
    provider: LiveNode, consumer: LiveNode, turn: Callable[[SmallKafka], None]
) -> None:
    broker = SmallKafka([batch(0, READINGS)], end=4)
    async with broker.running() as place:
        dataset = await provider.publishes_at(place, OPEN)
        turn(broker)
        got = await consumer.acquires("Example Provider", dataset, 60)
    assert got["phase"] == "failed", got
    assert "release" not in [e.kind for e in await provider.node.store.read(lambda tx: list(recorded(tx)))]
    await provider.empties("releases")
    await consumer.empties("received")


async def test_a_broker_is_let_go_of_when_the_transfer_ends(provider: LiveNode, consumer: LiveNode) -> None:
    """A window that would take minutes, of a topic on which nobody says anything any more."""
    listening, left = asyncio.Event(), asyncio.Event()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\2\0\0")
        await reader.read(1000)
        message = b"\x30\5\0\1a39" if not published else b""
        writer.write(b"\x90\3\0\1\1" + message)
        if published:
            listening.set()
        while await reader.read(1000):
            pass
        if published:
            left.set()
        writer.close()

    published = False
    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    place = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}/a?messages=1&seconds=600"
    dataset = await provider.publishes_at(place, OPEN)
    published = True
    status, wish = await consumer.call("POST", "/v1/acquisitions", {"peer": "Example Provider", "dataset": dataset})
    assert status == 202, wish
    async with asyncio.timeout(30):
        await listening.wait()
    (transfer,) = (await provider.call("GET", "/v1/transfers"))[1]
    begun = asyncio.get_running_loop().time()
    assert (await provider.call("POST", f"/v1/transfers/{transfer['id']}/terminate", {"reason": "enough"}))[0] == 200
    async with asyncio.timeout(30):
        await left.wait()
    assert asyncio.get_running_loop().time() - begun < 10, "on a busy machine; it is looked at twice a second"
    server.close()
    await provider.empties("releases")


async def test_what_is_odd_leaves_as_it_is_and_formulas_as_text(provider: LiveNode, consumer: LiveNode) -> None:
    """Types that change from message to message, formulas in names and values, names that lead elsewhere, SQL."""
    odd = [
        {"a": 1, "=cmd": "=1+1"},
        {"a": "1; DROP TABLE x", "../../etc": "@SUM(A1)"},
        {"a": {"b": [1, None]}, "=cmd": "+1"},
        {f"c{n}": n for n in range(200)},
    ]
    broker = SmallKafka([batch(0, [(None, json.dumps(one).encode()) for one in odd])], end=4)
    async with broker.running() as place:
        dataset = await provider.publishes_at(place, OPEN)
        got = await consumer.acquires("Example Provider", dataset, 60)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed")
    text = Path(got["data"]).read_text()
    assert "1; DROP TABLE x" in text
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell[:2] in ("=1", "=c", "@S")]
    assert len(text.splitlines()[0].split(",")) > 200
