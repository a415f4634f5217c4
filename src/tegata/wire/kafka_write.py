"""Messages of the Kafka protocol with which records are written in one transaction: all of them, or none.

https://kafka.apache.org/protocol
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tegata.wire.crc32c import crc32c
from tegata.wire.kafka import Broker, Cursor, text

FIND_COORDINATOR, INIT_PRODUCER, ADD_PARTITIONS, PRODUCE, END = (10, 1), (22, 0), (24, 0), (0, 3), (26, 0)
"""Key and version of each request."""
LATER: Final = frozenset({5, 6, 14, 15, 16, 51})
"""Errors that pass: no leader, another, a coordinator that loads, is not there, is another, ends what was before."""
TOO_LARGE: Final = 10
_TRANSACTION: Final = 1  # type of key of a coordinator
_ALL: Final = -1  # whoever is in step has it before it is acknowledged
_FLAGS: Final = 0x10  # in a transaction, not packed
_MILLISECONDS: Final = 60_000


class Producer(NamedTuple):
    """Who writes: `name` is the transaction's, number and epoch are given by its coordinator."""

    name: str
    number: int
    epoch: int


def ask_coordinator(name: str) -> bytes:
    return text(name) + struct.pack(">b", _TRANSACTION)


def read_coordinator(data: bytes) -> tuple[int, Broker]:
    at = Cursor(data)
    at.number("i")  # throttle
    error = at.number("h")
    at.text(), at.number("i")  # what it says, its id
    return error, Broker(at.text(), at.number("i"))


def ask_producer(name: str) -> bytes:
    """Whoever had the name before is shut out, and what he had begun is taken back."""
    return text(name) + struct.pack(">i", _MILLISECONDS)


def read_producer(data: bytes, name: str) -> tuple[int, Producer]:
    at = Cursor(data)
    at.number("i")  # throttle
    return at.number("h"), Producer(name, at.number("q"), at.number("h"))


def ask_partition(producer: Producer, topic: str, partition: int) -> bytes:
    """That the transaction will write there."""
    head = text(producer.name) + struct.pack(">qhi", producer.number, producer.epoch, 1)
    return head + text(topic) + struct.pack(">ii", 1, partition)


def ask_write(producer: Producer, topic: str, partition: int, batch: bytes) -> bytes:
    head = text(producer.name) + struct.pack(">hii", _ALL, _MILLISECONDS, 1) + text(topic)
    return head + struct.pack(">iii", 1, partition, len(batch)) + batch


def ask_end(producer: Producer, *, keeps: bool) -> bytes:
    return text(producer.name) + struct.pack(">qh?", producer.number, producer.epoch, keeps)


def read_end(data: bytes) -> int:
    """The error."""
    at = Cursor(data)
    at.number("i")  # throttle
    return at.number("h")


def read_partition(data: bytes) -> int:
    """The error of the one partition."""
    at = Cursor(data)
    at.number("i")  # throttle
    return _error_of_one(at)


def read_written(data: bytes) -> int:
    """The error of the one partition."""
    return _error_of_one(Cursor(data))


def _error_of_one(at: Cursor) -> int:
    at.number("i"), at.text(), at.number("i"), at.number("i")  # one topic, its name, one partition, its number
    return at.number("h")


def batch(producer: Producer, sequence: int, key: bytes, value: bytes, headers: Mapping[str, str]) -> bytes:
    """One record as a batch of format 2."""
    body = b"\0" + _varint(0) + _varint(0) + _sized(key) + _sized(value) + _headers(headers)
    record = _varint(len(body)) + body
    summed = struct.pack(">hiqqqhii", _FLAGS, 0, 0, 0, producer.number, producer.epoch, sequence, 1) + record
    whole = struct.pack(">ibI", -1, 2, crc32c(summed)) + summed
    return struct.pack(">qi", 0, len(whole)) + whole


def _headers(headers: Mapping[str, str]) -> bytes:
    pairs: Sequence[bytes] = [_sized(name.encode()) + _sized(value.encode()) for name, value in headers.items()]
    return _varint(len(pairs)) + b"".join(pairs)


def _sized(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    """Of what is not negative, zigzag."""
    rest, out = number << 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(out) + bytes([rest])
