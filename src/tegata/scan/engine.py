"""Columnar work on one batch of records, and the threads that spread batches over the cores. No loop over values.

Columns are handled together wherever the engine can: it spreads them over the cores itself, and a table of thousands of
columns costs little more than one of a dozen with as many cells.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

import polars as pl

from tegata.scan.headers import HeaderIndex
from tegata.scan.inside import Inside, Occurrences
from tegata.scan.load import RecogniserSet
from tegata.scan.looked import Looked, Own
from tegata.scan.matcher import Found, Matcher, find_shape, stack, whole
from tegata.scan.nested import NOTHING, Unfolding, header
from tegata.scan.normalise import normalise
from tegata.scan.partial import SAMPLE, Partial, Tally

S = TypeVar("S")
T = TypeVar("T")


class Classifier:
    """Knows which recognisers look at the cells of which column. That depends on headers alone, never on the data."""

    def __init__(
        self, columns: Sequence[str], recognisers: RecogniserSet, seed: int, unfolding: Unfolding = NOTHING
    ) -> None:
        self.unfolding = unfolding
        self.recognisers = recognisers
        self.columns = (*columns, *unfolding.parents)
        self._index = HeaderIndex(recognisers.recognisers)
        self.headers = self._index.match_all([header(name) for name in self.columns])
        self._seed = seed
        self._everywhere = Matcher(r for r in recognisers.recognisers if not r.needs_header)
        self._inside = Inside(recognisers.recognisers)
        self._by_header = [
            (r, [n for n, header in enumerate(self.headers) if r.id in header])
            for r in recognisers.recognisers
            if r.needs_header and r.patterns
        ]

    def with_records(self, unfolding: Unfolding) -> Classifier:
        """One for the same columns that also looks into the records of their cells."""
        own = self.columns[: len(self.columns) - len(self.unfolding.parents)]
        return Classifier(own, self.recognisers, self._seed, unfolding)

    def cells(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Normalised cells of a batch, empty ones null, records unfolded; how many elements of lists found no place."""
        unfolded, beyond = self.unfolded(batch)
        return normalise(unfolded), beyond

    def unfolded(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The same, not normalised."""
        cells, beyond = self.unfolding.applied(batch)
        return cells.select(self.columns), beyond

    def survey(self, cells: pl.DataFrame, cuts: Mapping[int, int]) -> Partial:
        """What one batch adds to what is known of the columns; `cuts` as of `partial.Survey`."""
        if not cuts and cells.height > 8 * SAMPLE:
            cuts = self._first_cuts(cells)
        uncut = [n for n in range(cells.width) if n not in cuts]
        values = [pl.nth(n).filter(pl.nth(n).hash(self._seed) <= cut) for n, cut in cuts.items()]
        values += [pl.nth(uncut).unique()] if uncut else []
        listed = _listed(cells, [*cuts, *uncut], values)
        sample = listed.select("column", pl.col("cell").hash(self._seed).alias("hash"), "cell")
        return Partial(cells.height, cells.null_count().row(0), sample)

    def _first_cuts(self, cells: pl.DataFrame) -> Mapping[int, int]:
        """A cut leaves about four samples of a column of distinct values, too few of one that repeats itself."""
        cut = 2**64 // cells.height * 4 * SAMPLE
        hashes = pl.all().hash(self._seed)
        distinct = cells.select(hashes.filter((hashes <= cut) & pl.all().is_not_null()).n_unique()).row(0)
        return {n: cut for n, found in enumerate(distinct) if found >= SAMPLE}

    def sampled(self, cells: pl.DataFrame) -> Found:
        """Hits among sampled distinct values, in the form of `matcher.STACK`: the evidence that the decision weighs.

        Column c may be there in several readings, as c, c + width, c + 2 * width ...
        """
        found = self._everywhere.find(cells)
        for recogniser, columns in self._by_header:
            if columns:
                named = cells.filter((pl.col("column") % len(self.columns)).is_in(columns))
                find_shape(whole(recogniser.patterns), [recogniser], named, found)
        return found

    def look(self, cells: pl.DataFrame, own: Own, flags: pl.DataFrame) -> Looked:
        """Which cells have the shape of what their column was recognised as; `flags` as of `Looked`."""
        return Looked(cells, own, self._inside.any, flags)

    def tally(self, looked: Looked) -> Tally:
        """Over every cell of a batch: how many are what their column was recognised as, which are something else."""
        matched = tuple(looked.matched(name) for name in self.columns)
        others = looked.others()
        return Tally(matched, _copied(stack({n: others[c] for n, c in enumerate(self.columns) if c in others})))

    def rules_out(self, number: int, recogniser: str) -> bool:
        """Whether the header of a column says that its cells do not tell of such a thing."""
        return self._index.rules_out(header(self.columns[number]), recogniser)

    def closer(self, others: pl.DataFrame) -> Iterator[Occurrences]:
        """What stands in the cells that their column's own kind does not explain."""
        return self._inside.find(others)


def _listed(cells: pl.DataFrame, columns: Sequence[int], values: Sequence[pl.Expr]) -> pl.DataFrame:
    """Columns `column` and `cell`: values of some columns, of each as many as there are, one below the other."""
    prefixed = (value.implode().name.prefix("of ") for value in values)  # a column may itself be called `cell`
    lists = cells.select(prefixed).unpivot(value_name="cell")
    numbered = lists.select(pl.Series("column", columns, dtype=pl.UInt32), "cell")
    return _copied(numbered.explode("cell").drop_nulls("cell"))


def _copied(cells: pl.DataFrame) -> pl.DataFrame:
    """A text that was taken out of a batch keeps all texts of that batch in memory; its copy does not."""
    return cells.with_columns(cell=pl.concat_str("cell", pl.lit("")))


def in_threads(work: Callable[[S], T], batches: Iterable[S]) -> Iterator[T]:
    """Results in the order of the batches."""
    width = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(width, thread_name_prefix="scan") as threads:
        yield from in_order(threads, width, work, batches)


def in_order(executor: Executor, width: int, work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """Results in the order of the items; no more than `width` are in flight, so memory stays bounded."""
    waiting: deque[Future[T]] = deque()
    try:
        for item in items:
            waiting.append(executor.submit(work, item))
            if len(waiting) >= width:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
