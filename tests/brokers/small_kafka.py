"""A broker of ours that speaks just what a reader asks for, to say what no real one says at will. Batches as they are
stored; Apache Kafka is the judge of both."""

from __future__ import annotations

import asyncio
import gzip
import struct
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tegata.wire.crc32c import crc32c
from tegata.zstd import library as zstd

PACKINGS: dict[int, Callable[[bytes], bytes]] = {
    0: lambda data: data,
    1: gzip.compress,
    2: lambda data: bytes(pytest.importorskip("cramjam").snappy.compress_raw(data)),
    3: lambda data: bytes(pytest.importorskip("cramjam").lz4.compress(data)),
    4: zstd.compress,
}


def varint(number: int) -> bytes:
    """Zigzag."""
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def record(place: int, key: bytes | None, value: bytes | None) -> bytes:
    parts = [varint(-1) if part is None else varint(len(part)) + part for part in (key, value)]
    body = b"\0" + varint(0) + varint(place) + b"".join(parts) + varint(0)
    return varint(len(body)) + body


def batch(
    base: int, values: list[tuple[bytes | None, bytes | None]], packing: int = 0, producer: int = -1, flags: int = 0
) -> bytes:
    records = b"".join(record(place, *one) for place, one in enumerate(values))
    flags |= packing | (0x10 if producer >= 0 else 0)
    head = struct.pack(">hiqqqhii", flags, len(values) - 1, 0, 0, producer, 0, -1, len(values))
    summed = head + PACKINGS[packing](records)
    body = struct.pack(">ibI", 0, 2, crc32c(summed)) + summed
    return struct.pack(">qi", base, len(body)) + body


def marker(base: int, producer: int, *, keeps: bool) -> bytes:
    """The end of a transaction."""
    return batch(base, [(struct.pack(">hh", 0, keeps), b"\0\0\0\0\0\0")], producer=producer, flags=0x20)


@dataclass
class SmallKafka:
    """One topic of one partition, `t`. `cuts`: of which fetches it cuts the answer in the middle. `aborted`: producer,
    first and last offset of each transaction that took back."""

    batches: list[bytes]
    first: int = 0
    end: int = 0
    aborted: tuple[tuple[int, int, int], ...] = ()
    cuts: Container[int] = ()
    error: int = 0
    host: str = "127.0.0.1"
    raw: bytes = b""  # the answer to every fetch
    asked: list[int] = field(default_factory=list)  # offsets
    port: int = 0

    def _metadata(self) -> bytes:
        host = self.host.encode()
        brokers = struct.pack(">iih", 1, 7, len(host)) + host + struct.pack(">ih", self.port, -1)
        partition = struct.pack(">ihiiii", 1, 0, 0, 7, 0, 0)
        return struct.pack(">i", 0) + brokers + struct.pack(">hiihh", -1, 7, 1, self.error, 1) + b"t\0" + partition

    def _offset(self, body: bytes) -> bytes:
        which = struct.unpack(">q", body[-8:])[0]
        told = self.first if which == -2 else self.end
        return struct.pack(">iih", 0, 1, 1) + b"t" + struct.pack(">iihqq", 1, 0, 0, -1, told)

    def _fetched(self, body: bytes) -> bytes:
        offset = struct.unpack(">q", body[-12:-4])[0]
        self.asked.append(offset)
        if self.raw:
            return self.raw
        last = [struct.unpack(">q", one[:8])[0] + struct.unpack(">i", one[23:27])[0] for one in self.batches]
        data = b"".join([one for one, its in zip(self.batches, last, strict=True) if its >= offset][:2])
        told = [struct.pack(">qq", *one[:2]) for one in self.aborted if one[2] >= offset]
        aborted = struct.pack(">i", len(told)) + b"".join(told)
        head = struct.pack(">iih", 0, 1, 1) + b"t" + struct.pack(">iihqq", 1, 0, 0, self.end, self.end)
        return head + aborted + struct.pack(">i", len(data)) + data

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                body = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
                kind, number = struct.unpack(">h", body[:2])[0], body[4:8]
                answer = number + {3: lambda _: self._metadata(), 2: self._offset, 1: self._fetched}[kind](body)
                whole = struct.pack(">i", len(answer)) + answer
                if kind == 1 and len(self.asked) in self.cuts:
                    writer.write(whole[: len(whole) // 2])
                    return
                writer.write(whole)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Its address, with the topic."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield f"kafka://127.0.0.1:{self.port}/t"
        finally:
            server.close()
