"""The Merkle tree over a store of hashes: what to store for a new leaf, the root of any size, both kinds of proof."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Final

from tegata.model.errors import UsageError

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 section 2.1.1)."""

HashReader = Callable[[int, int], bytes]
"""Gives the stored hash (32 bytes) of the complete subtree (level, index); raises LookupError when it is not there."""


Node = tuple[int, int, bytes]
"""A hash to store: (level, index, hash) of a complete subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry; the prefix keeps leaves and inner nodes apart (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over its two children (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, leaf: bytes, read: HashReader) -> list[Node]:
    """Nodes to store when `leaf` becomes number `size` of the tree: the leaf, and each subtree that it completes.

    Reads one hash for each completed subtree: on average one per leaf, at most log2(size). `read` must see the
    nodes of earlier appends, those of the same batch too.
    """
    level, index, hash_ = 0, size, leaf
    nodes = [(level, index, hash_)]
    while index % 2 == 1:
        hash_ = node_hash(read(level, index - 1), hash_)
        level, index = level + 1, index // 2
        nodes.append((level, index, hash_))
    return nodes


class Frontier:
    """The right edge of a growing tree: one hash for each 1 in the binary form of its size, and so its root."""

    def __init__(self) -> None:
        self._edge: dict[int, bytes] = {}

    def copy(self) -> Frontier:
        other = Frontier()
        other._edge = self._edge.copy()
        return other

    def add(self, level: int, index: int, hash_: bytes) -> None:
        """The complete subtree (level, index), which must be the next one."""
        while index % 2 == 1:
            hash_ = node_hash(self._edge.pop(level), hash_)
            level, index = level + 1, index // 2
        self._edge[level] = hash_

    def root(self) -> bytes:
        hashes = [self._edge[level] for level in sorted(self._edge)]
        return functools.reduce(lambda right, left: node_hash(left, right), hashes) if hashes else EMPTY_ROOT


def root(size: int, read: HashReader) -> bytes:
    """Root of the tree over the first `size` leaves; reads one hash for each 1 in the binary form of `size`."""
    return _range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """Hashes that lead from leaf `index` to the root of the tree of `size` leaves, leaf side first.

    RFC 9162 section 2.1.3.1. Raises UsageError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise UsageError(f"no leaf `{index}` in a tree of size `{size}`")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: HashReader) -> list[bytes]:
    """Hashes that show the tree of size `old` to be a beginning of the tree of size `new`.

    RFC 9162 section 2.1.4.1. Raises UsageError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise UsageError(f"no consistency proof from size `{old}` to size `{new}`")
    start, end, path = 0, new, []
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    if start:  # the verifier knows the old root; any smaller piece of the old tree it must be told
        path.append(_range_hash(start, end, read))
    return path[::-1]


def _split(start: int, end: int) -> int:
    """Where the left child of leaves `start` to `end` ends: the largest power of two below their number."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_hash(start: int, end: int, read: HashReader) -> bytes:
    """MTH (RFC 9162 section 2.1.1) of leaves `start` to `end`, a subtree that need not be complete."""
    width = end - start
    if width & (width - 1) == 0:
        return read(width.bit_length() - 1, start // width)
    middle = _split(start, end)
    return node_hash(_range_hash(start, middle, read), _range_hash(middle, end, read))
