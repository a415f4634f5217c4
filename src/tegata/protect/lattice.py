"""Search for the full-domain generalisation that loses least and leaves every record among k alike.

The table is held as its distinct combinations with their counts, so the work does not grow with the number of records.
Loss is the LM metric (V. S. Iyengar, "Transforming data to satisfy privacy constraints", KDD 2002): a cell that may be
any of m of the M values of its column loses (m - 1) / (M - 1); a record that is left out loses all its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Node = tuple[int, ...]  # one level per quasi-identifier
Codes = npt.NDArray[np.int64]
UNIT: Final = 1 << 20  # the loss of a whole cell; whole numbers make sums exact, in whatever order
_KEY_LIMIT: Final = 1 << 62


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
    """Distinct combinations: `values` has shape (n, quasi-identifiers) of places in their ladders, `counts` (n,)."""

    def __init__(self, values: Codes, counts: Codes, ladders: Sequence[Ladder]) -> None:
        self._values, self._counts, self._ladders = values, counts, ladders
        self.rows = int(counts.sum())

    def least(self) -> npt.NDArray[np.int64]:
        """For each node of the lattice the loss by generalisation alone: no node can cost less."""
        own = [
            np.array([(losses[places] * self._counts).sum() for losses in ladder.losses])
            for ladder, places in zip(self._ladders, self._values.T, strict=True)
        ]
        return reduce(np.add.outer, own)

    def measure(self, node: Node, k: int) -> Measured:
        chosen = [
            (ladder.codes[level], ladder.losses[level]) for ladder, level in zip(self._ladders, node, strict=True)
        ]
        columns = list(zip(chosen, self._values.T, strict=True))
        keys = _combined([codes[places] for (codes, _), places in columns])
        loss = sum((losses[places] for (_, losses), places in columns), np.zeros(len(keys), np.int64))
        groups = (
            pl.DataFrame({"key": keys, "rows": self._counts, "loss": loss * self._counts})
            .group_by("key")
            .agg(pl.col("rows", "loss").sum())
        )
        small = groups.filter(pl.col("rows") < k)
        suppressed = int(small["rows"].sum())
        kept = int(groups["loss"].sum()) - int(small["loss"].sum())
        return Measured(node, suppressed, kept + suppressed * len(node) * UNIT)


def search(table: Table, k: int, most_suppressed: int, floor: Node) -> Measured | None:
    """The node from `floor` up with the least loss that leaves out at most so many records; None when there is none.

    Exact: nodes are visited by the least that they can cost, until that is no better than what is found. When a
    node leaves out too many, so does every finer one (groups only grow upwards): the highest such node on a way to
    the top is found by halving, and all below it is never visited.
    """
    least = table.least()
    failed = np.ones(least.shape, np.bool_)
    failed[tuple(slice(level, None) for level in floor)] = False
    seen: dict[Node, Measured] = {}
    best: Measured | None = None

    def holds(node: Node) -> bool:
        nonlocal best
        if node not in seen:
            seen[node] = table.measure(node, k)
        found = seen[node]
        if found.suppressed > most_suppressed:
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
