"""Topics of Kafka as sources: by Apache Kafka where it is, and by a small broker that breaks off, lies and bombs."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.catalog import kafka as reading
from tegata.catalog.kafka import place_of_log, read_log
from tegata.catalog.streams import Messages
from tegata.evidence import recorded
from tegata.model.errors import InputError, OutboundError, PeerError, TegataError
from tegata.outbound import Outbound, OutboundPolicy
from tegata.wire import kafka as kafka_wire
from tegata.wire import kafka_batch, kafka_write
from tegata.wire.crc32c import _rows, crc32c
from tegata.wire.kafka import request
from tegata.wire.kafka_batch import Record, read_batches
from tests.brokers.kafka import Door, Kafka, running
from tests.brokers.small_kafka import SmallKafka, batch, marker
from tests.nodes import LiveNode
from tests.outbound.test_gate import _certificate
from tests.services.conftest import OPEN

LOCAL = OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",))


@pytest.fixture
async def gate() -> AsyncIterator[Outbound]:
    gate = Outbound(LOCAL)
    yield gate
    await gate.close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAUSES", (0.01, 0.01, 0.01))


async def taken(gate: Outbound, place: str, folder: Path) -> tuple[str, list[bytes]]:
    """What a window is called in the record, and its lines."""
    with Messages(place, folder / "out", 1 << 22) as messages:
        window = await read_log(gate.lines, place_of_log(place), messages)
    assert messages.name() == "messages.jsonl"
    return window, (folder / "out").read_bytes().splitlines()


def numbers(start: int, count: int) -> list[tuple[bytes | None, bytes | None]]:
    return [(None, b"%d" % n) for n in range(start, start + count)]


def rows(start: int, end: int) -> list[bytes]:
    return [b'{"value":%d}' % n for n in range(start, end)]


def broker(**more: Any) -> SmallKafka:
    """Thirty messages in six batches, of every packing that needs no extra."""
    batches = [batch(base, numbers(base, 5), (0, 1, 4)[base // 5 % 3]) for base in range(0, 30, 5)]
    return SmallKafka(batches, **{"end": 30, **more})


async def test_all_that_is_there(gate: Outbound, tmp_path: Path) -> None:
    async with broker().running() as place:
        assert await taken(gate, place, tmp_path) == ("t[0]@0..30", rows(0, 30))


@pytest.mark.parametrize("packing", [2, 3])
async def test_what_is_packed_with_snappy_and_lz4(gate: Outbound, tmp_path: Path, packing: int) -> None:
    small = SmallKafka([batch(base, numbers(base, 5), packing) for base in (0, 5)], end=10)
    async with small.running() as place:
        assert await taken(gate, place, tmp_path) == ("t[0]@0..10", rows(0, 10))


async def test_from_an_offset_to_an_offset(gate: Outbound, tmp_path: Path) -> None:
    async with broker().running() as place:
        assert await taken(gate, f"{place}?partition=0&from=7&to=19", tmp_path) == ("t[0]@7..19", rows(7, 19))


async def test_what_is_written_meanwhile_is_behind_the_window(gate: Outbound, tmp_path: Path) -> None:
    async with broker(end=12).running() as place:  # batches go on to 30
        assert await taken(gate, place, tmp_path) == ("t[0]@0..12", rows(0, 12))


async def test_after_a_break_it_goes_on_with_the_next_message(gate: Outbound, tmp_path: Path) -> None:
    """Breaks between batches and within them; each message is there once."""
    small = broker(cuts=(1, 3, 4))
    async with small.running() as place:
        assert await taken(gate, place, tmp_path) == ("t[0]@0..30", rows(0, 30))
    assert small.asked == [0, 0, 10, 10, 10, 20]


async def test_a_broker_that_always_breaks_off_is_given_up(gate: Outbound, tmp_path: Path) -> None:
    async with broker(cuts=range(99)).running() as place:
        with pytest.raises(PeerError, match="breaks off"):
            await taken(gate, place, tmp_path)


async def test_what_transactions_took_back_is_left_out(gate: Outbound, tmp_path: Path) -> None:
    """Two producers at a time, one of which keeps what it wrote, and a third one without transactions."""
    batches = [
        batch(0, numbers(0, 2), producer=8),
        batch(2, numbers(2, 2), producer=9),
        batch(4, numbers(4, 1)),
        marker(5, 8, keeps=False),
        batch(6, numbers(6, 1), producer=8),
        marker(7, 9, keeps=True),
        marker(8, 8, keeps=True),
    ]
    async with SmallKafka(batches, end=9, aborted=((8, 0, 5),)).running() as place:
        window, lines = await taken(gate, place, tmp_path)
    assert (window, lines) == ("t[0]@0..9", [b'{"value":%d}' % n for n in (2, 3, 4, 6)])


async def test_keys_are_a_column(gate: Outbound, tmp_path: Path) -> None:
    values: list[tuple[bytes | None, bytes | None]] = [
        ("患者".encode(), b'{"a": 1}'),
        (b"\xff\xfe", b'{"a": 2}'),
        (b"gone", None),
    ]
    async with SmallKafka([batch(0, values)], end=3).running() as place:
        _, lines = await taken(gate, place, tmp_path)
    assert [line.decode() for line in lines] == [
        '{"a":1,"_key":"患者"}',
        '{"a":2,"_key":"//4="}',
        '{"value":null,"_key":"gone"}',
    ]


def damaged(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


def fetched(size: int) -> bytes:
    head = struct.pack(">iih", 0, 1, 1) + b"t" + struct.pack(">iihqqi", 1, 0, 0, 0, 0, 0)
    return head + struct.pack(">i", size)


def repacked(flags: int) -> bytes:
    """A batch that says so of its packing, under a sum that holds."""
    data = bytearray(batch(0, numbers(0, 5)))
    data[21:23] = struct.pack(">h", flags)
    data[17:21] = struct.pack(">I", crc32c(bytes(data[21:])))
    return bytes(data)


def in_format(number: int) -> bytes:
    data = batch(0, numbers(0, 5))
    return data[:16] + bytes([number]) + data[17:]


BAD: dict[str, tuple[SmallKafka, str, str]] = {
    "no such topic": (broker(error=3), "", "no such topic"),
    "not for us": (broker(error=29), "", "let us read"),
    "no such partition": (broker(), "?partition=1", "1 partitions"),
    "gone": (broker(first=10), "?partition=0&from=3", "10 to 30"),
    "not yet": (broker(), "?partition=0&to=31", "0 to 30"),
    "backwards": (broker(), "?partition=0&from=9&to=3", "0 to 30"),
    "another leader": (broker(host="169.254.169.254"), "", "not public"),
    "no host": (broker(host="a/b@c"), "", "not the address"),
    "damaged": (SmallKafka([damaged(batch(0, numbers(0, 5)))], end=5), "", "sum of a batch"),
    "gives nothing": (SmallKafka([], end=5), "", "gives nothing"),
    "cut gzip": (SmallKafka([repacked(1)], end=5), "", "does not unpack"),
    "an unknown packing": (SmallKafka([repacked(5)], end=5), "", "way 5"),
    "an old format": (SmallKafka([in_format(1)], end=5), "", "format 1"),
    "a negative batch": (SmallKafka([], end=5, raw=fetched(20) + bytes(8) + b"\xff" * 12), "", "malformed"),
    "longer than it is": (SmallKafka([], end=5, raw=fetched(1 << 30)), "", "malformed"),
    "an endless list": (SmallKafka([], end=5, raw=fetched(0)[:-8] + b"\x7f\xff\xff\xff"), "", "malformed"),
    "no answer": (SmallKafka([], end=5, raw=b"x"), "", "malformed"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_brokers_are_told(gate: Outbound, tmp_path: Path, name: str) -> None:
    small, query, said = BAD[name]
    async with small.running() as place:
        with pytest.raises((InputError, PeerError, OutboundError), match=said):
            await taken(gate, place + query, tmp_path)


async def test_a_bomb_stops(gate: Outbound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_batch, "ROOM", 1 << 16)
    for packing in (1, 2, 3, 4):
        async with SmallKafka([batch(0, [(None, b" " * (1 << 20) + b"1")], packing)], end=1).running() as place:
            with pytest.raises(PeerError, match="bomb"):
                await taken(gate, place, tmp_path)


async def test_a_long_answer_is_not_taken(gate: Outbound, tmp_path: Path) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read(1000)
        writer.write(b"\x7f\xff\xff\xff" + asked[8:12])
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    with pytest.raises(PeerError, match="too long"):
        await taken(gate, f"kafka://127.0.0.1:{server.sockets[0].getsockname()[1]}/t", tmp_path)
    server.close()


@pytest.mark.parametrize(
    "place",
    [
        "kafka://h/a b",
        "kafka://h/a/b",
        "kafka://h/" + "x" * 250,
        "kafka://h/t?from=1",
        "kafka://h/t?partition=x",
        "kafka://h/t?messages=1",
        "kafka://user@h/t",
    ],
)
def test_places_that_do_not_read(place: str) -> None:
    with pytest.raises(InputError):
        place_of_log(place)


@given(st.binary(max_size=5_000))
def test_sums_as_byte_by_byte(data: bytes) -> None:
    state, table = 0xFFFFFFFF, _rows()
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    assert crc32c(data) == state ^ 0xFFFFFFFF


def test_the_sums_of_the_standard() -> None:
    """RFC 3720, B.4."""
    assert [crc32c(data) for data in (bytes(32), b"\xff" * 32, bytes(range(32)), b"123456789")] == [
        0x8A9136AA,
        0x62A8AB43,
        0x46DD794E,
        0xE3069283,
    ]


@given(key=st.binary(max_size=300), value=st.binary(max_size=300), sequence=st.integers(0, 1 << 30))
def test_what_we_write_is_what_we_read(key: bytes, value: bytes, sequence: int) -> None:
    producer = kafka_write.Producer("t", 7, 3)
    (one,) = read_batches(kafka_write.batch(producer, sequence, key, value, {"part": "1/1", "名": "x"}))
    assert (one.producer, one.control, list(one.records)) == (7, -1, [Record(0, key, value)])


@given(data=st.binary(max_size=200), place=st.integers(0, 200))
def test_batches_of_anything_are_read_or_refused(data: bytes, place: int) -> None:
    whole = batch(0, numbers(0, 3))
    for harmed in (data, whole[:place] + data, whole[:place]):
        try:
            for one in read_batches(harmed):
                assert all(isinstance(record, Record) for record in one.records)
        except TegataError:
            pass


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One for all: it takes its time to start."""
    with running(tmp_path_factory.mktemp("kafka") / "broker") as broker:
        yield broker


@pytest.fixture
def client() -> Any:
    return pytest.importorskip("aiokafka")


@pytest.mark.parametrize("packing", [None, "gzip", "snappy", "lz4", "zstd"])
async def test_every_message_once(
    kafka: Kafka, client: Any, gate: Outbound, tmp_path: Path, packing: str | None
) -> None:
    topic = f"all-{packing}"
    await says(client, kafka, topic, 3_000, compression_type=packing)
    window, lines = await taken(gate, f"kafka://127.0.0.1:{kafka.port}/{topic}", tmp_path)
    assert window.startswith(f"{topic}[0]@0..")
    assert sorted(lines) == sorted(b'{"n":%d,"_key":"k%d"}' % (n, n % 7) for n in range(3_000))


async def local(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
async def test_users_are_let_in_by_the_strongest_that_a_broker_offers(
    client: Any, tmp_path: Path, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the password goes to nobody by SCRAM: what is sent holds it only with PLAIN."""
    _, tls = _certificate(tmp_path, "broker.example")
    sent: list[bytes] = []
    monkeypatch.setattr(kafka_wire, "request", lambda *all: sent.append(all[2]) or request(*all))  # type: ignore[func-returns-value]
    with running(
        tmp_path / "broker", Door(tmp_path / "broker.example.pem", mechanism, "reader", "pass-phrase")
    ) as broker:
        await says(client, broker, "ward", 20)
        gate = Outbound(OutboundPolicy(networks=("127.0.0.1/32",)), resolver=local, tls=tls)
        place = f"kafkas://reader@broker.example:{broker.secure}/ward"
        monkeypatch.setenv("KAFKA_PASSWORD", "pass-phrase")
        assert len((await taken(gate, place, tmp_path))[1]) == 20
        assert any(b"pass-phrase" in body for body in sent) is (mechanism == "PLAIN")
        monkeypatch.setenv("KAFKA_PASSWORD", "another")
        with pytest.raises(PeerError, match="password"):
            await taken(gate, place, tmp_path)
        await gate.close()


async def test_what_a_transaction_takes_back_never_was(
    kafka: Kafka, client: Any, gate: Outbound, tmp_path: Path
) -> None:
    producer = client.AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{kafka.port}", transactional_id="t")
    await producer.start()
    for n, keeps in enumerate((True, False, True, False)):
        await producer.begin_transaction()
        await producer.send_and_wait("deals", b"%d" % n, partition=0)
        await (producer.commit_transaction if keeps else producer.abort_transaction)()
    await producer.stop()
    window, lines = await taken(gate, f"kafka://127.0.0.1:{kafka.port}/deals", tmp_path)
    assert (window, lines) == ("deals[0]@0..8", rows(0, 1) + rows(2, 3))


async def test_a_topic_that_is_not_there_is_not_made(kafka: Kafka, gate: Outbound, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(InputError, match="no such topic"):
            await taken(gate, f"kafka://127.0.0.1:{kafka.port}/nowhere", tmp_path)


async def test_a_window_becomes_a_release_and_stands_in_the_record(
    kafka: Kafka, client: Any, provider: LiveNode, consumer: LiveNode
) -> None:
    await says(client, kafka, "ward", 50)
    place = f"kafka://127.0.0.1:{kafka.port}/ward?partition=0"
    dataset = await provider.publishes_at(place, OPEN)
    first = await consumer.acquires("Example Provider", dataset)
    await says(client, kafka, "ward", 50)
    second = await consumer.acquires("Example Provider", dataset)
    assert [got["verdict"] for got in (first, second)] == ["total-passed"] * 2
    entries = await provider.node.store.read(lambda tx: list(recorded(tx)))
    told = [entry.body["window"] for entry in entries if entry.kind == "release"]
    count = len(Path(first["data"]).read_text().splitlines()) - 1
    assert told == [f"ward[0]@0..{count}", f"ward[0]@0..{2 * count}"]
    assert len(Path(second["data"]).read_text().splitlines()) == 2 * count + 1


async def says(client: Any, kafka: Kafka, topic: str, count: int, **more: Any) -> None:
    producer = client.AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{kafka.port}", **more)
    await producer.start()
    for n in range(count):
        await producer.send(topic, b'{"n": %d}' % n, key=b"k%d" % (n % 7))
    await producer.flush()
    await producer.stop()
