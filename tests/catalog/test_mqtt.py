"""Topics of MQTT as sources, by Mosquitto, and by brokers that do what none should."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tegata.apart import Apart
from tegata.catalog import streams
from tegata.catalog.mqtt import place_of_topic, read_topic
from tegata.catalog.mqtt_session import Session
from tegata.catalog.places import Places
from tegata.catalog.streams import Messages, row
from tegata.evidence import recorded
from tegata.model.errors import InputError, OutboundError, PeerError, TegataError
from tegata.outbound import Outbound, OutboundPolicy
from tegata.wire import mqtt
from tests.brokers.mosquitto import Mosquitto, running
from tests.nodes import LiveNode
from tests.outbound.test_gate import _certificate
from tests.services.conftest import OPEN

LOCAL = OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture
async def gate() -> AsyncIterator[Outbound]:
    gate = Outbound(LOCAL)
    yield gate
    await gate.close()


async def says(gate: Outbound, address: str, *messages: tuple[str, bytes], user: str = "") -> None:
    """Messages that the broker keeps and hands to whoever listens."""
    async with gate.lines.open(address) as line:
        session = Session(line, "")
        await session.begin(user)
        for topic, payload in messages:
            await session.publish(topic, [payload], len(payload))
        await session.end()


async def taken(gate: Outbound, place: str, folder: Path, most: int = 1 << 20) -> tuple[str, str, bytes]:
    """Name and content of the file that a window becomes, and what it is called in the record."""
    with Messages(place, folder / "out", most) as messages:
        window = await read_topic(gate.lines, place_of_topic(place), messages)
    return messages.name(), window, (folder / "out").read_bytes()


async def test_what_a_broker_keeps_is_a_table(broker: Mosquitto, gate: Outbound, tmp_path: Path) -> None:
    """More than a broker has under way at a time (20), so that it has to go on by itself."""
    sent = [(f"ward/{n}/temperature", b'{"celsius": %d.50, "at": "2026-11-26"}' % n) for n in range(45)]
    await says(gate, f"mqtt://127.0.0.1:{broker.port}", *sent, ("other", b"{}"))
    name, window, data = await taken(gate, f"mqtt://127.0.0.1:{broker.port}/ward/+/temperature", tmp_path)
    assert (name, window) == ("messages.jsonl", "ward/+/temperature: 45 messages, kept")
    assert data.splitlines()[7] == b'{"celsius":7.50,"at":"2026-11-26","_topic":"ward/7/temperature"}'
    assert len(data.splitlines()) == 45


async def test_a_window_of_live_messages_ends_with_so_many(broker: Mosquitto, gate: Outbound, tmp_path: Path) -> None:
    address = f"mqtt://127.0.0.1:{broker.port}"
    reading = asyncio.create_task(taken(gate, f"{address}/s/%23?messages=30&seconds=60", tmp_path))
    n = 0
    while not reading.done():  # whoever comes late misses what went by
        await says(gate, address, *((f"s/{n + k}", b"%d" % (n + k)) for k in range(10)))
        n += 10
    name, window, data = await reading
    rows = [json.loads(line) for line in data.splitlines()]
    assert (name, window, len(rows)) == ("messages.jsonl", "s/#: 30 messages, live", 30)
    assert all(one["_topic"] == f"s/{one['value']}" for one in rows)


@dataclass
class Cuts:
    """Stands between a reader and its broker, and cuts the connection after so many bytes towards him. `deaf`: from his
    fourth packet on nothing of what he says gets through before the last cut. `old`: it knows MQTT 3.1.1 alone."""

    target: int
    after: list[int]
    deaf: bool = False
    old: bool = False
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            first = await reader.read(500)
            if self.old and first[8] == mqtt.V5:
                writer.write(b"\x20\2\0\1")
                return
            back.write(first)
            self.open, left = self.open + 1, self.after.pop(0) if self.after else 1 << 30
            async with asyncio.TaskGroup() as both:
                up = both.create_task(self._up(reader, back))
                await self._down(there, writer, left)
                up.cancel()
        except* OSError:
            pass
        finally:
            back.close()
            writer.close()

    async def _up(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        told = 1
        while data := await reader.read(500):
            told += 1
            if not (self.deaf and self.after and told > 3):
                back.write(data)
        back.close()

    async def _down(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        while left > 0 and (data := await there.read(min(left, 500))):
            left -= len(data)
            writer.write(data)
            await writer.drain()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await asyncio.sleep(0.05)  # the last connection closes


async def told_to(gate: Outbound, address: str, count: int) -> None:
    """Numbers one after another, in one connection."""
    async with gate.lines.open(address) as line:
        session = Session(line, "")
        await session.begin("")
        for n in range(count):
            await session.publish("s/1", [b"%d" % n], len(b"%d" % n))
        await session.end()


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("deaf", [False, True])
async def test_a_window_survives_breaks_with_every_message_once(
    broker: Mosquitto, gate: Outbound, tmp_path: Path, old: bool, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either version of the protocol; and where acknowledgements were lost, what comes again is counted once."""
    monkeypatch.setattr("tegata.catalog.mqtt.PAUSES", (0.1, 0.1, 0.1, 0.1))
    cuts = Cuts(broker.port, [150, 333, 401], deaf, old)
    async with cuts.running() as port:
        reading = asyncio.create_task(taken(gate, f"mqtt://127.0.0.1:{port}/s/1?messages=200&seconds=60", tmp_path))
        while not cuts.open and not reading.done():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        await told_to(gate, f"mqtt://127.0.0.1:{broker.port}", 200)
        _, window, data = await reading
    assert [json.loads(line)["value"] for line in data.splitlines()] == list(range(200))
    found = re.fullmatch(r"s/1: 200 messages, live, 3 breaks, (\d+) came again", window)
    assert found is not None
    assert not deaf or int(found[1]) > 0


async def test_a_session_is_gone_when_its_window_is_taken(
    broker: Mosquitto, gate: Outbound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent to it later is kept for nobody."""
    monkeypatch.setattr("tegata.catalog.mqtt.secrets.token_hex", lambda size: "fixed")
    address = f"mqtt://127.0.0.1:{broker.port}"
    async with gate.lines.open(address) as line:
        assert not await Session(line, "").begin("", "tegatafixed", 60)
    async with gate.lines.open(address) as line:
        assert await Session(line, "").begin("", "tegatafixed", 60)  # so it would be kept
    with pytest.raises(InputError, match="not one message"):
        await taken(gate, f"{address}/s/1?seconds=1", tmp_path)
    async with gate.lines.open(address) as line:
        assert not await Session(line, "").begin("", "tegatafixed", 60)


async def test_what_came_at_quality_0_is_lost_by_a_break(broker: Mosquitto, gate: Outbound, tmp_path: Path) -> None:
    async with Cuts(broker.port, [150]).running() as port:
        reading = asyncio.create_task(taken(gate, f"mqtt://127.0.0.1:{port}/s/1?messages=200&seconds=9", tmp_path))
        await asyncio.sleep(0.3)
        async with gate.lines.open(f"mqtt://127.0.0.1:{broker.port}") as line:
            session = Session(line, "")
            await session.begin("")
            await line.write(b"\x30\7\0\3s/1{}" * 30, 1)
            await session.end()
        with pytest.raises(PeerError, match="cannot be used"):
            await reading


async def test_a_broker_that_forgets_makes_no_window(
    broker: Mosquitto, gate: Outbound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.catalog.mqtt._KEEPS", 0)
    async with Cuts(broker.port, [150]).running() as port:
        reading = asyncio.create_task(taken(gate, f"mqtt://127.0.0.1:{port}/s/1?messages=200&seconds=9", tmp_path))
        await asyncio.sleep(0.3)
        await told_to(gate, f"mqtt://127.0.0.1:{broker.port}", 30)
        with pytest.raises(PeerError, match="not kept what went by"):
            await reading


async def test_what_is_no_json_stays_as_it_is(broker: Mosquitto, gate: Outbound, tmp_path: Path) -> None:
    address = f"mqtt://127.0.0.1:{broker.port}"
    await says(gate, address, ("cam/1", b"\xff\xd8picture"), ("cam/2", b"{}"))
    name, _, data = await taken(gate, f"{address}/cam/#", tmp_path)
    assert name == "messages.bin"
    assert b"\0\0\0\5cam/1\0\0\0\x09\xff\xd8picture" in data
    assert not (tmp_path / "out.jsonl").exists()


async def test_nothing_is_told(broker: Mosquitto, gate: Outbound, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not one message"):
        await taken(gate, f"mqtt://127.0.0.1:{broker.port}/nowhere", tmp_path)
    with pytest.raises(InputError, match="not one message"):
        await taken(gate, f"mqtt://127.0.0.1:{broker.port}/nowhere?seconds=1", tmp_path)


async def test_tls_and_the_policy(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    _, tls = _certificate(tmp_path / "tls", "broker.example")
    files = {path.suffix: path for path in (tmp_path / "tls").iterdir()}
    settings = [f"certfile {files['.pem']}", f"keyfile {files['.pem']}"]

    async def local(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with running(tmp_path / "mosquitto", *settings) as broker:
        gate = Outbound(OutboundPolicy(networks=("127.0.0.1/32",)), resolver=local, tls=tls)
        place = f"mqtts://broker.example:{broker.port}"
        await says(gate, place, ("a", b'{"n": 1}'))
        assert (await taken(gate, f"{place}/a", tmp_path))[2] == b'{"n":1}\n'
        with pytest.raises(PeerError, match="certificate"):
            await taken(gate, f"mqtts://other.example:{broker.port}/a", tmp_path)
        with pytest.raises(OutboundError, match="plain mqtt"):
            await taken(gate, f"mqtt://broker.example:{broker.port}/a", tmp_path)
        strict = Outbound(OutboundPolicy(), resolver=local, tls=tls)
        with pytest.raises(OutboundError, match="not public"):
            await taken(strict, f"{place}/a", tmp_path)


async def test_a_window_becomes_a_release_and_stands_in_the_record(
    broker: Mosquitto, gate: Outbound, provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    address = f"mqtt://127.0.0.1:{broker.port}"
    await says(gate, address, *((f"ward/{n}", b'{"celsius": %d}' % n) for n in range(5)))
    dataset = await provider.publishes_at(f"{address}/ward/#", OPEN)
    await says(gate, address, ("ward/9", b'{"celsius": 39}'))  # another state than was published leaves
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed")
    assert len(Path(got["data"]).read_text().splitlines()) == 7
    entries = await provider.node.store.read(lambda tx: list(recorded(tx)))
    told = {entry.kind: entry.body["window"] for entry in entries if "window" in entry.body}
    assert told == {
        "dataset_published": "ward/#: 6 messages, kept",
        "release": "ward/#: 6 messages, kept",
    }


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ACCEPTED, GRANTED = b"\x20\2\0\0", b"\x90\3\0\1\0"


def answers(*said: bytes, stays: bool = False) -> Script:
    """Says one thing for each packet that comes, then breaks off, or is silent."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in said:
            await reader.read(1000)
            writer.write(one)
            await writer.drain()
        if stays:
            await reader.read(-1)
        writer.close()

    return script


BAD: dict[str, tuple[Script, str]] = {
    "breaks off": (answers(ACCEPTED), "breaks off"),
    "speaks HTTP": (answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "broker"),
    "lets nobody in": (answers(b"\x20\2\0\5"), "let us in"),
    "gives no topic": (answers(ACCEPTED, b"\x90\3\0\1\x80"), "read that topic"),
    "an endless length": (answers(ACCEPTED, b"\x30\xff\xff\xff\xff\xff"), "length"),
    "a bomb": (answers(ACCEPTED, GRANTED + b"\x31\xff\xff\xff\x7f"), "more than 16,777,216"),
    "a short message": (answers(ACCEPTED, GRANTED, b"\x31\1\0"), "malformed"),
    "a topic behind its end": (answers(ACCEPTED, GRANTED, b"\x31\4\xff\xffab"), "malformed"),
    "a topic that is no text": (answers(ACCEPTED, GRANTED, b"\x31\4\0\2\xff\xff"), "UTF-8"),
    "falls silent": (answers(ACCEPTED, stays=True), "in time"),
    "floods before it answers": (answers(ACCEPTED, b"\x31\xa0\x80\x04\0\1a" + bytes(65_565)), "answer"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_brokers_are_told(gate: Outbound, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script, said = BAD[name]
    monkeypatch.setattr("tegata.catalog.mqtt_session._PATIENCE", 0.3)
    if name.startswith("floods"):
        monkeypatch.setattr("tegata.catalog.mqtt_session.LONGEST", 1 << 15)
    server = await asyncio.start_server(script, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TegataError, match=said):
        await taken(gate, f"mqtt://127.0.0.1:{port}/a", tmp_path)
    server.close()


@pytest.mark.parametrize(
    "place",
    [
        "mqtt://h/",
        "mqtt://h",
        "mqtt:///topic",
        "mqtt://h/a/#/b",
        "mqtt://h/a?messages=0",
        "mqtt://h/a?messages=-1",
        "mqtt://h/a?messages=٣",
        "mqtt://h/a?seconds=99999",
        "mqtt://h/a?seconds=1&seconds=2",
        "mqtt://h/a?limit=1",
    ],
)
def test_places_that_do_not_read(place: str) -> None:
    with pytest.raises(InputError):
        place_of_topic(place)


async def test_what_is_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Messages("x", tmp_path / "out", 100) as messages:
        messages.add("t", bytes(99), {})
        with pytest.raises(InputError, match="more than this node takes"):
            messages.add("t", b"", {})
    monkeypatch.setattr(streams, "LONGEST", 10)
    with Messages("x", tmp_path / "out", 100) as messages, pytest.raises(InputError, match="more than 10 bytes"):
        messages.add("t", bytes(11), {})


async def test_a_password_does_not_stand_in_a_place(gate: Outbound) -> None:
    with pytest.raises(InputError, match="password"):
        await Places(gate, 1 << 20, Apart()).open("mqtts://user:secret@broker.example/a")


ROWS: list[tuple[bytes, dict[str, str], Any]] = [
    (b'{"a": 1.10, "b":\n [1, 2]}', {}, b'{"a":1.10,"b":[1,2]}'),
    (b"{}", {"_topic": "x"}, b'{"_topic":"x"}'),
    (b'{"_topic": "forged"}', {"_topic": "x"}, b'{"_topic":"forged","_topic":"x"}'),
    (b'"text"', {}, b'{"value":"text"}'),
    (b"23.50", {"_topic": 'q"'}, b'{"value":23.50,"_topic":"q\\""}'),
    (b"NaN", {}, None),
    (b"", {}, None),
    (b'{"a": "\xff"}', {}, None),
    (b"[" * 100_000, {}, None),
    (b'{"a": 1} {"a": 2}', {}, None),
]


@pytest.mark.parametrize(("payload", "own", "line"), ROWS)
def test_messages_as_lines(payload: bytes, own: dict[str, str], line: bytes | None) -> None:
    assert row(payload, own) == line
