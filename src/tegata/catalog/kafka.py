"""A window of a topic of Kafka: from an offset to an offset of each partition, what is settled when it is opened.

Offsets make it a state: what is written meanwhile is behind the window, a window of the same offsets is the same bytes,
and after a break, of a connection or of a broker, reading goes on at the next one.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from tegata.catalog.fetching import PAUSES
from tegata.catalog.kafka_peer import AT_ONCE, Peer, refuse
from tegata.catalog.streams import Messages, StreamPlace, read_place, refused
from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.outbound import Lines
from tegata.wire import kafka
from tegata.wire.kafka import broken
from tegata.wire.kafka_batch import Batch, Record, read_batches

OPTIONS: Final = {"partition": range(1 << 31), "from": range(1 << 62), "to": range(1, 1 << 62)}
"""Which messages: of one partition, or all; from this offset on, and up to the one before that."""
_MOST_PARTITIONS: Final = 10_000
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


class Span(NamedTuple):
    """Messages of a partition, `end` not among them."""

    partition: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"[{self.partition}]@{self.start}..{self.end}"


def place_of_log(text: str) -> StreamPlace:
    """Raises InputError."""
    place = read_place(text, OPTIONS)
    if not _TOPIC.fullmatch(place.topic):
        raise refused(text, t("its topic is none", "トピックの形式が不正です"))
    if {"from", "to"} & place.options.keys() and "partition" not in place.options:
        raise refused(text, t("offsets are those of a `partition`", "オフセットには `partition` の指定が必要です"))
    if place.user and place.scheme == "kafka":
        raise refused(text, t("a password goes over TLS only", "パスワードは TLS でのみ送れます"))
    return place


async def read_log(lines: Lines, place: StreamPlace, messages: Messages) -> str:
    """Take a window; which messages it holds, for the record.

    Raises:
        OutboundError: the policy refuses a broker. PeerError: it breaks off again and again, or does not let us.
        InputError: there is no such topic, or its messages are gone. StoreError: as `Messages`.
    """
    log = Log(lines, place)
    spans = await log.spans()
    for span in spans:
        async for records in log.batches(span):
            await asyncio.to_thread(_add, messages, records)
    return f"{place.topic}{''.join(map(str, spans))}"


def _add(messages: Messages, records: list[Record]) -> None:
    for record in records:
        messages.add(*_message(record))


class Log:
    """A topic at its brokers."""

    def __init__(self, lines: Lines, place: StreamPlace) -> None:
        self._lines = lines
        self._place = place
        self._mechanism = ""  # of SASL; all brokers of a cluster offer the same

    async def spans(self, partitions: Sequence[int] = ()) -> list[Span]:
        """Of these partitions, or of all that are meant, those that have messages, in their order."""
        found = [await self._span(partition) for partition in partitions or await self._partitions()]
        return [span for span in found if span.start < span.end]

    async def batches(self, span: Span) -> AsyncIterator[list[Record]]:
        """Its messages in their order, each once, whatever breaks off meanwhile."""
        at, idle = span.start, 0
        while at < span.end:
            before = at
            try:
                async with self.leader(span.partition) as peer:
                    async for records, after in _taken(peer, self._place, span, at):
                        at = after
                        yield records
            except PeerError:
                idle = 0 if at > before else idle + 1
                if idle == len(PAUSES):
                    raise
                await asyncio.sleep(PAUSES[idle])

    async def _partitions(self) -> list[int]:
        leaders = (await self._topic()).leaders
        asked = self._place.options.get("partition")
        if len(leaders) > _MOST_PARTITIONS or (asked is not None and asked not in leaders):
            known = t(f"it has {len(leaders):,} partitions", f"パーティションは {len(leaders):,} 個です")
            raise refused(self._place.text, known)
        return sorted(leaders) if asked is None else [asked]

    async def _span(self, partition: int) -> Span:
        async with self.leader(partition) as peer:
            first = await peer.offset(self._place.topic, partition, kafka.EARLIEST)
            end = await peer.offset(self._place.topic, partition, kafka.LATEST)
        start, stop = self._place.options.get("from", first), self._place.options.get("to", end)
        if start < first or stop > end or start > stop:
            there = t(f"offsets {first:,} to {end:,} are there", f"ある範囲は {first:,} から {end:,} までです")
            raise refused(self._place.text, there)
        return Span(partition, start, stop)

    async def _topic(self) -> kafka.Topic:
        async with self.at() as peer:
            topic = kafka.read_topic(await peer.ask(kafka.METADATA, kafka.ask_topic(self._place.topic)))
        if topic.error == kafka.NO_TOPIC:
            raise refused(self._place.text, t("there is no such topic", "そのトピックはありません"))
        refuse(topic.error)
        return topic

    @asynccontextmanager
    async def leader(self, partition: int) -> AsyncIterator[Peer]:
        """The broker that has a partition, wherever it is now."""
        leader = (await self._topic()).leaders.get(partition)
        if leader is None:
            raise broken(t("no broker has the partition now", "パーティションを持つブローカーがありません"))
        async with self.at(self.address(leader)) as peer:
            yield peer

    def address(self, broker: kafka.Broker) -> str:
        """Of one that another has named."""
        host = f"[{broker.host}]" if ":" in broker.host else broker.host
        return f"{self._place.scheme}://{host}:{broker.port}"

    @asynccontextmanager
    async def at(self, address: str = "") -> AsyncIterator[Peer]:
        """A connection to this broker, or to the one that the place names."""
        broker = address or self._place.broker
        if self._place.user and not self._mechanism:
            async with self._lines.open(broker) as line:
                self._mechanism = await Peer(line).mechanism()
        async with self._lines.open(broker) as line:
            peer = Peer(line)
            if self._place.user:
                await peer.log_in(self._mechanism, self._place.user, os.environ.get("KAFKA_PASSWORD", ""))
            yield peer


async def _taken(peer: Peer, place: StreamPlace, span: Span, at: int) -> AsyncIterator[tuple[list[Record], int]]:
    """Records from `at` on, batch by batch, each with the offset behind it."""
    while at < span.end:
        asked = kafka.ask_batches(place.topic, span.partition, at, AT_ONCE)
        fetched = kafka.read_batches(await peer.ask(kafka.FETCH, asked))
        if fetched.error == kafka.OUT_OF_RANGE:
            raise refused(place.text, t("its messages are gone", "メッセージは既に削除されています"))
        refuse(fetched.error)
        before, aborted = at, _Aborted(fetched.aborted)
        for batch in await asyncio.to_thread(list, read_batches(fetched.batches)):
            kept = aborted.kept(batch)
            yield [record for record in kept if at <= record.offset < span.end], max(at, batch.last + 1)
            at = max(at, batch.last + 1)
        if at == before:
            raise broken(t("it gives nothing of what it has", "あるはずのメッセージが届きません"))


class _Aborted:
    """Leaves out what transactions took back: brokers hand it over, and say whose it was and from where on."""

    def __init__(self, told: list[tuple[int, int]]) -> None:
        self._told = sorted(told, key=lambda one: one[1])
        self._now: set[int] = set()

    def kept(self, batch: Batch) -> list[Record]:
        while self._told and self._told[0][1] <= batch.last:
            self._now.add(self._told.pop(0)[0])
        if batch.control == 0:
            self._now.discard(batch.producer)
        return [] if batch.producer in self._now else list(batch.records)


def _message(record: Record) -> tuple[str, bytes, dict[str, str]]:
    """Its key as text; one that is none, in base64."""
    key = record.key or b""
    try:
        name = key.decode()
    except UnicodeDecodeError:
        name = base64.b64encode(key).decode()
    return name, record.value or b"null", {} if record.key is None else {"_key": name}
