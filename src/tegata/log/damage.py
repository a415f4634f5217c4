"""Comparing all copies of a log with each other: every position at which one of them is damaged, by name.

A hash of the tree is held several times: as the entry that it follows from, as a stored hash, in a tile, in a bundle.
At a leaf the majority is believed, for copies fail one at a time; above it everything follows from the leaves. Whether
what is believed is what was signed, the roots of the checkpoints tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tegata.log.tiles import TILE_HEIGHT, TILE_WIDTH
from tegata.log.tree import Frontier, node_hash
from tegata.model.base import Noun, Text, t

Hashes = Sequence[bytes | None]


@dataclass(frozen=True)
class Copy:
    """One copy of hashes of the tree.

    Args:
        name: what it is called when it is damaged: `entries`, `hashes`, `tiles`, `bundles`.
        read: hashes of the complete subtrees `first` to `first + count` of a level; None for one that is not there.
        holds: whether it keeps a level at all.
        size: how many entries it covers.
    """

    name: str
    read: Callable[[int, int, int], Hashes]
    holds: Callable[[int], bool]
    size: int


class Damage(Noun, frozen=True, kw_only=True):
    """One damaged place: `copy` tells which copy, `level` and `index` which subtree (level 0: an entry)."""

    copy: str
    level: int
    index: int
    say: Text


def find_damage(size: int, copies: Sequence[Copy], roots: Mapping[str, tuple[int, bytes]]) -> Iterator[Damage]:
    """Every damage of a log of `size` entries, in one pass; memory grows with the logarithm of the size.

    Args:
        roots: size and root that somebody signed, by what it is called. A size above `size` tells of entries lost.
    """
    walk = _Walk(copies, roots)
    yield from walk.roots(0, [])
    for first in range(0, size, TILE_WIDTH):
        yield from walk.leaves(first, min(TILE_WIDTH, size - first))
    yield from walk.rest()
    for name, (signed, _) in roots.items():
        if signed > size:
            yield _lost(name, size, signed)


class _Walk:
    def __init__(self, copies: Sequence[Copy], roots: Mapping[str, tuple[int, bytes]]) -> None:
        self._copies = copies
        self._roots = roots
        self._edge = Frontier()
        self._rows: list[tuple[int, list[bytes]]] = []  # above the leaves: where the row of a tile begins, and it

    def leaves(self, first: int, count: int) -> Iterator[Damage]:
        """A tile of leaves, all levels above it that it completes, and the roots that end in it."""
        held = {copy.name: copy.read(0, first, _reach(copy, 0, first, count)) for copy in self._holding(0, first)}
        row = _believed(list(held.values()), count)
        for name, stored in held.items():
            yield from _differing(name, 0, first, row, stored)
        yield from self.roots(first, row)
        yield from self._above(0, first, row)

    def roots(self, first: int, row: Sequence[bytes]) -> Iterator[Damage]:
        """The signed roots of sizes that end in this row of leaves."""
        for name, (size, root) in self._roots.items():
            if first < size <= first + len(row) or size == first == 0:
                edge = self._edge.copy()
                for index in range(first, size):
                    edge.add(0, index, row[index - first])
                if edge.root() != root:
                    yield _other_root(name, size)

    def rest(self) -> Iterator[Damage]:
        """The rows that did not become full."""
        for tile_level, (first, row) in enumerate(self._rows, 1):
            if row:
                yield from self._compare(tile_level * TILE_HEIGHT, first, row)
                yield from self._above(tile_level, first, row)

    def _above(self, tile_level: int, first: int, row: Sequence[bytes]) -> Iterator[Damage]:
        """The levels between a row of hashes and the next tile, and the hash in it that a full row gives."""
        level, full = tile_level * TILE_HEIGHT, len(row) == TILE_WIDTH
        while len(row) > 1:
            level, first = level + 1, first >> 1
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
            if level % TILE_HEIGHT:
                yield from self._compare(level, first, row)
        if full:
            if tile_level == 0:  # the edge joins what is above by itself
                self._edge.add(level, first, row[0])
            yield from self._rise(tile_level, first, row[0])

    def _rise(self, tile_level: int, index: int, hash_: bytes) -> Iterator[Damage]:
        if len(self._rows) == tile_level:
            self._rows.append((0, []))
        first, row = self._rows[tile_level]
        row.append(hash_)
        if len(row) == TILE_WIDTH:
            self._rows[tile_level] = (index + 1, [])
            yield from self._compare((tile_level + 1) * TILE_HEIGHT, first, row)
            yield from self._above(tile_level + 1, first, row)

    def _compare(self, level: int, first: int, row: Sequence[bytes]) -> Iterator[Damage]:
        for copy in self._holding(level, first):
            yield from _differing(
                copy.name, level, first, row, copy.read(level, first, _reach(copy, level, first, len(row)))
            )

    def _holding(self, level: int, first: int) -> list[Copy]:
        return [copy for copy in self._copies if copy.holds(level) and first < copy.size >> level]


def _reach(copy: Copy, level: int, first: int, count: int) -> int:
    """How many of `count` subtrees a copy covers."""
    return min(count, (copy.size >> level) - first)


def _believed(held: Sequence[Hashes], count: int) -> list[bytes]:
    """At each leaf what most copies say; the first copy where they are evenly split."""
    whole = [list(hashes) for hashes in held if len(hashes) == count]
    if whole and len(whole) == len(held) and None not in whole[0] and all(row == whole[0] for row in whole[1:]):
        return [hash_ for hash_ in whole[0] if hash_ is not None]
    return [_majority([hashes[i] for hashes in held if i < len(hashes)]) for i in range(count)]


def _majority(votes: Sequence[bytes | None]) -> bytes:
    """Of no vote nothing follows: such a leaf is told as lost by every copy, and by the root above it."""
    counted = Counter(vote for vote in votes if vote is not None)
    return counted.most_common(1)[0][0] if counted else b""


def _differing(name: str, level: int, first: int, row: Sequence[bytes], stored: Hashes) -> Iterator[Damage]:
    for index, (expected, found) in enumerate(zip(row, stored, strict=False), first):
        if found is None:
            yield _damage(name, level, index, "is missing", "がありません")
        elif found != expected:
            yield _damage(name, level, index, "is damaged", "が壊れています")


def _damage(name: str, level: int, index: int, en: str, ja: str) -> Damage:
    first, last = index << level, (index + 1 << level) - 1
    if level == 0:
        place = t(f"entry {index}", f"エントリー {index}")
    else:
        place = t(f"the hash over entries {first} to {last}", f"エントリー {first}〜{last} のハッシュ")
    say = t(f"{place.en} {en} in the {name}", f"{name}: {place.ja}{ja}")
    return Damage(copy=name, level=level, index=index, say=say)


def _other_root(name: str, size: int) -> Damage:
    say = t(
        f"the first {size} entries are not those that {name} signed",
        f"先頭 {size} 件が {name} の署名したものではありません",
    )
    return Damage(copy=name, level=0, index=size, say=say)


def _lost(name: str, size: int, signed: int) -> Damage:
    say = t(
        f"entries {size} to {signed - 1}, which {name} signed, are gone",
        f"{name} が署名したエントリー {size}〜{signed - 1} が失われています",
    )
    return Damage(copy=name, level=0, index=size, say=say)
