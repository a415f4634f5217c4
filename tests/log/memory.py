"""A log held in memory: the smallest store that the functions of `tegata.log` can work on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tegata.log import append, leaf_hash


class MemoryLog:
    """Entries and nodes in plain containers; counts the hashes that are read."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self.entries: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.reads = 0
        for entry in entries:
            self.add(entry)

    def add(self, entry: bytes) -> None:
        for level, index, hash_ in append(len(self.entries), leaf_hash(entry), self.read):
            self.nodes[level, index] = hash_
        self.entries.append(entry)

    def read(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]


def numbered(size: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(size)]


def slow_root(entries: list[bytes]) -> bytes:
    """MTH exactly as RFC 9162 section 2.1.1 defines it: the oracle."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(entries[:split]) + slow_root(entries[split:])).digest()


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
