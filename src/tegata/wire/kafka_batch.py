"""Batches of records (format 2, Kafka 0.11 and later): checked by their sums, unpacked within a budget.

https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tegata.model.base import t
from tegata.wire.crc32c import crc32c
from tegata.wire.kafka import Cursor, broken
from tegata.wire.kafka_packing import unpacked

ROOM: Final = 64 << 20  # bytes that one batch may unpack to
_HEAD: Final = struct.Struct(">qiibIhiqqqhii")
_BEFORE_LENGTH: Final = 12  # bytes
_BEFORE_SUM: Final = 21
_PACKED, _TRANSACTION, _CONTROL = 0x07, 0x10, 0x20


class Record(NamedTuple):
    offset: int
    key: bytes | None
    value: bytes | None


class Batch(NamedTuple):
    """`last`: its last offset, records that were removed included. `producer`: -1 outside transactions. `control`: it
    ends a transaction; -1 where it is none, 0 takes back, 1 keeps."""

    last: int
    producer: int
    control: int
    records: Sequence[Record]


def read_batches(data: bytes) -> Iterator[Batch]:
    """All that are whole; the last one may be cut off.

    Raises:
        PeerError: damaged, of another format, packed in a way that is not read, or a bomb.
        InputError: what unpacks it is not installed.
    """
    at = 0
    while len(data) - at >= _BEFORE_LENGTH:
        size = _BEFORE_LENGTH + int.from_bytes(data[at + 8 : at + _BEFORE_LENGTH], "big", signed=True)
        if size < _HEAD.size:
            raise broken(t("a batch is malformed", "バッチの形式が不正です"))
        if size > len(data) - at:
            return
        yield _read(data[at : at + size])
        at += size


def _read(data: bytes) -> Batch:
    base, _, _, magic, told, flags, last, _, _, producer, _, _, count = _HEAD.unpack_from(data)
    if magic != 2:
        raise broken(t(f"a batch is of format {magic}, not 2", f"バッチの形式が 2 ではなく {magic} です"))
    if crc32c(data[_BEFORE_SUM:]) != told:
        raise broken(t("the sum of a batch does not hold", "バッチのチェックサムが一致しません"))
    records = list(_records(unpacked(data[_HEAD.size :], flags & _PACKED, ROOM), base, count))
    control = struct.unpack(">hh", (records[0].key or b"")[:4].ljust(4, b"\xff"))[1] if flags & _CONTROL else -1
    mine = producer if flags & _TRANSACTION else -1
    return Batch(base + max(last, 0), mine, control, () if flags & _CONTROL else records)


def _records(data: bytes, base: int, count: int) -> Iterator[Record]:
    at = Varints(data)
    for _ in range(count):
        record = Varints(at.take(at.number()))
        record.take(1)
        record.number()  # time
        yield Record(base + record.number(), record.data(), record.data())


class Varints(Cursor):
    """Numbers in as many bytes as they need, zigzag."""

    def number(self, form: str = "") -> int:  # noqa: ARG002 - there is one form
        value = 0
        for place in range(10):
            digit = self.take(1)[0]
            value |= (digit & 0x7F) << 7 * place
            if digit < 0x80:
                return value >> 1 ^ -(value & 1)
        raise broken(t("a number is malformed", "数値の形式が不正です"))

    def data(self) -> bytes | None:  # type: ignore[override]
        size = self.number()
        return None if size < 0 else self.take(size)
