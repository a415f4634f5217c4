"""Search for the full-domain generalisation that loses least and leaves every record among k alike.

The table is held as its distinct combinations with their counts, so the work does not grow with the number of records.
Loss is the LM metric (V. S. Iyengar, "Transforming data to satisfy privacy constraints", KDD 2002): a cell that may be
any of m of the M values of its column loses (m - 1) / (M - 1); a record that is left out loses all its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import le
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

Node = tuple[int, ...]  # one level per quasi-identifier
Codes = npt.NDArray[np.int64]
UNIT: Final = 1 << 20  # the loss of a whole cell; whole numbers make sums exact, in whatever order
_KEY_LIMIT: Final = 1 << 62
_SHRINKS: Final = 3
_HEAPS: Final = (1 << 22) - 3  # 32 MB; a prime, so that keys of a regular pattern spread


@dataclass(frozen=True)
class Measured:
    """What a node would cost: records left out, and loss in UNITs over all cells."""

    node: Node
    suppressed: int
    loss: int


class Ladder:
    """One quasi-identifier: for each level, a code and a loss for each of its values as they are."""

    def __init__(self, values: Sequence[pl.Series]) -> None:
        """`values`: the same distinct values at each level, the finest first."""
        self.codes = [_codes(level) for level in values]
        most = max(1, len(values[0]) - 1)
        self.losses = [(np.bincount(codes)[codes] - 1) * UNIT // most for codes in self.codes]


class Table:
    """Distinct combinations: `places` has shape (quasi-identifiers, n) of values in their ladders, `counts` (n,)."""

    def __init__(self, places: Codes, counts: Codes, ladders: Sequence[Ladder]) -> None:
        self._places, self._counts, self._ladders = places, counts, ladders
        self.rows = int(counts.sum())

    def __len__(self) -> int:
        return len(self._counts)

    def least(self) -> npt.NDArray[np.int64]:
        """For each node of the lattice the loss by generalisation alone: no node can cost less."""
        own = [
            np.array([(losses[places] * self._counts).sum() for losses in ladder.losses])
            for ladder, places in zip(self._ladders, self._places, strict=True)
        ]
        return reduce(np.add.outer, own)

    def keys(self, node: Node) -> Codes:
        """One number per combination, equal where they are one group at the node."""
        ways = zip(self._ladders, node, self._places, strict=True)
        return _combined([ladder.codes[level][places] for ladder, level, places in ways])

    def heaps(self, keys: Codes) -> npt.NDArray[Any]:
        """Records in each of some heaps that never divide a group: what is in small heaps is in small groups."""
        return np.bincount(keys if _are_heaps(keys) else keys % _HEAPS, weights=self._counts)

    def collapsed(self, keys: Codes, heaps: npt.NDArray[Any]) -> Table:
        """One combination for each key: whichever has it, since all are alike from that node up."""
        rows, counts = _groups(keys, heaps) if _are_heaps(keys) else _groups_of_many(keys, self._counts)
        return Table(np.take(self._places, rows, axis=1), counts, self._ladders)

    def measured(self, node: Node, k: int) -> Measured:
        """What the node costs, of a table whose combinations are its groups."""
        kept = self._counts >= k
        counts, ways = self._counts[kept], zip(self._ladders, node, self._places[:, kept], strict=True)
        loss = sum(int((ladder.losses[level][places] * counts).sum()) for ladder, level, places in ways)
        suppressed = self.rows - int(counts.sum())
        return Measured(node, suppressed, loss + suppressed * len(node) * UNIT)


class Groups:
    """A table seen at one node after the other, each time from the smallest table held that is below the node.

    Held are tables that are much smaller than what they were made of, together no larger than the whole one.
    """

    def __init__(self, table: Table, k: int, most_suppressed: int) -> None:
        self._whole, self._held = table, dict[Node, Table]()
        self._k, self._most = k, most_suppressed

    def measure(self, node: Node) -> Measured | None:
        """None when the node leaves out too many."""
        below = (table for at, table in self._held.items() if all(map(le, at, node)))
        source = min(below, key=len, default=self._whole)
        keys = source.keys(node)
        heaps = source.heaps(keys)
        fails = heaps[heaps < self._k].sum() > self._most
        if fails and np.count_nonzero(heaps) * _SHRINKS > len(source):
            return None
        made = source.collapsed(keys, heaps)
        self._hold(node, made)
        found = made.measured(node, self._k)
        return found if found.suppressed <= self._most else None

    def _hold(self, node: Node, made: Table) -> None:
        self._held[node] = made
        while sum(map(len, self._held.values())) > len(self._whole):
            del self._held[max(self._held, key=lambda at: len(self._held[at]))]


def search(table: Table, k: int, most_suppressed: int, floor: Node) -> Measured | None:
    """The node from `floor` up with the least loss that leaves out at most so many records; None when there is none.

    Exact: nodes are visited by the least that they can cost, until that is no better than what is found. When a
    node leaves out too many, so does every finer one (groups only grow upwards): the highest such node on a way to
    the top is found by halving, and all below it is never visited.
    """
    least = table.least()
    failed = np.ones(least.shape, np.bool_)
    failed[tuple(slice(level, None) for level in floor)] = False
    groups, seen = Groups(table, k, most_suppressed), dict[Node, Measured | None]()
    best: Measured | None = None

    def holds(node: Node) -> bool:
        nonlocal best
        if node not in seen:
            seen[node] = groups.measure(node)
        found = seen[node]
        if found is None:
            failed[tuple(slice(level + 1) for level in node)] = True
            return False
        if best is None or found.loss < best.loss:
            best = found
        return True

    for flat in np.argsort(least, axis=None, kind="stable"):
        node: Node = tuple(int(level) for level in np.unravel_index(flat, least.shape))
        if best is not None and least[node] >= best.loss:
            break
        if not failed[node] and not holds(node):
            way = _way_up(node, least)
            low, high = 0, len(way)  # way[low - 1] fails, way[high] holds
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if holds(way[middle]) else (middle + 1, high)
    return best


def _way_up(node: Node, least: npt.NDArray[np.int64]) -> list[Node]:
    """From above `node` to the top, each step where it costs least."""
    way: list[Node] = []
    while steps := [
        (*node[:place], level + 1, *node[place + 1 :])
        for place, level in enumerate(node)
        if level + 1 < least.shape[place]
    ]:
        node = min(steps, key=lambda step: int(least[step]))
        way.append(node)
    return way


def _codes(values: pl.Series) -> Codes:
    """Equal values have equal codes from 0; an empty cell is a value like others."""
    filled = values.fill_null("")
    distinct = filled.unique(maintain_order=True)
    places = pl.Series(range(len(distinct)), dtype=pl.Int64)
    return filled.replace_strict(distinct, places, return_dtype=pl.Int64).to_numpy()


def _combined(columns: Sequence[Codes]) -> Codes:
    """One number per row, equal where all columns are."""
    keys, size = np.zeros(len(columns[0]), np.int64), 1
    for codes in columns:
        more = int(codes.max(initial=0)) + 1
        if size * more > _KEY_LIMIT:
            keys = np.unique(keys, return_inverse=True)[1]
            size = len(keys)
        keys, size = keys * more + codes, size * more
    return keys


def _are_heaps(keys: Codes) -> bool:
    """Whether each key has a heap of its own."""
    return bool(keys.max(initial=0) < _HEAPS)


def _groups(keys: Codes, heaps: npt.NDArray[Any]) -> tuple[Codes, Codes]:
    """Of each distinct key a place where it stands, and the sum of its counts: its heap. Nothing is sorted or hashed,
    keys are places themselves."""
    places = np.empty(len(heaps), np.int64)
    places[keys] = np.arange(len(keys))
    there = np.flatnonzero(heaps)
    return places[there], heaps[there].astype(np.int64)


def _groups_of_many(keys: Codes, counts: Codes) -> tuple[Codes, Codes]:
    """The same of keys that are too many for heaps of their own."""
    table = pl.DataFrame({"key": keys, "place": np.arange(len(keys)), "count": counts})
    groups = table.group_by("key").agg(pl.col("place").first(), pl.col("count").sum())
    return groups["place"].to_numpy(), groups["count"].to_numpy()
