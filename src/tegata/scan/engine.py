"""Columnar work on one batch of records, and the threads that spread batches over the cores. No loop over values."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import polars as pl

from tegata.scan.headers import HeaderIndex
from tegata.scan.load import RecogniserSet
from tegata.scan.matcher import STACK, Found, Matcher, find_shape, matched, stack, whole
from tegata.scan.normalise import normalise
from tegata.scan.partial import SAMPLE, ColumnPartial, Partial, Tally, nothing, smallest
from tegata.scan.recogniser import Recogniser

T = TypeVar("T")
Cells = Mapping[str, pl.Series]
_FEW: Final = 4  # a column that repeats each value at least so often is looked at by distinct value


class Classifier:
    """Knows which recognisers look at the cells of which column. That depends on headers alone, never on the data."""

    def __init__(self, columns: Sequence[str], recognisers: RecogniserSet, seed: int) -> None:
        self.columns = tuple(columns)
        self.headers = HeaderIndex(recognisers.recognisers).match_all(columns)
        self._seed = seed
        self._everywhere = Matcher(r for r in recognisers.recognisers if not r.needs_header)
        self._by_header = [
            (r, [n for n, header in enumerate(self.headers) if r.id in header])
            for r in recognisers.recognisers
            if r.needs_header and r.patterns
        ]

    def cells(self, batch: pl.DataFrame) -> Cells:
        """Normalised cells of a batch by column, empty ones null."""
        return {name: normalise(batch.get_column(name)) for name in self.columns}

    def survey(self, cells: Cells) -> Partial:
        """What one batch adds to what is known of the columns."""
        return tuple(self._survey(cells[name]) for name in self.columns)

    def _survey(self, cells: pl.Series) -> ColumnPartial:
        nulls = cells.null_count()
        if nulls == len(cells):
            return ColumnPartial(len(cells), nulls, nothing().sample)
        values = cells.drop_nulls() if nulls else cells
        return ColumnPartial(len(cells), nulls, smallest(self._candidates(values)))

    def _candidates(self, values: pl.Series) -> pl.DataFrame:
        hashes = values.hash(self._seed)
        if len(values) > 8 * SAMPLE:
            # A cut that leaves about four samples of a column of distinct values; no cut where it leaves too few.
            low = hashes < 2**64 // len(values) * 4 * SAMPLE
            few = hashes.filter(low)
            if few.n_unique() >= SAMPLE:
                return pl.DataFrame({"hash": few, "cell": values.filter(low)})
        return pl.DataFrame({"hash": hashes, "cell": values})

    def sampled(self, partial: Partial) -> Found:
        """Hits among the sampled distinct values: the evidence that the decision weighs."""
        cells = stack({n: column.sample.get_column("cell") for n, column in enumerate(partial)})
        found = self._everywhere.find(cells)
        for recogniser, columns in self._by_header:
            if columns:
                named = cells.filter(pl.col("column").is_in(columns))
                find_shape(whole(recogniser.patterns), [recogniser], named, found)
        return found

    def tally(self, cells: Cells, chosen: Sequence[Recogniser | None]) -> Tally:
        """Over every cell of a batch: how many are what their column was recognised as, which are something else."""
        matches, others = [], [pl.DataFrame(schema=STACK)]
        for number, (name, recogniser) in enumerate(zip(self.columns, chosen, strict=True)):
            counted = _counted(cells[name].drop_nulls())
            rest = counted
            if recogniser is not None and recogniser.patterns:
                rest = counted.filter(~matched(recogniser, counted.get_column("cell")))
            elif recogniser is not None:
                rest = counted.clear()
            matches.append(_cells(counted) - _cells(rest) if recogniser else 0)
            fired = rest.filter(self._everywhere.fires(rest.get_column("cell")))
            if fired.height:
                others.append(fired.select(pl.lit(number, dtype=pl.UInt32).alias("column"), "cell", "n"))
        return Tally(tuple(matches), pl.concat(others))

    def closer(self, others: pl.DataFrame) -> Found:
        """What the cells are that did not match their column's own kind."""
        return self._everywhere.find(others)


def _counted(cells: pl.Series) -> pl.DataFrame:
    """Columns `cell` and `n`: distinct values with counts where a column repeats itself, else the cells as they are."""
    cells = cells.rename("cell")
    probe = cells.head(256)
    if len(probe) < 64 or probe.n_unique() * _FEW > len(probe):
        return pl.DataFrame({"cell": cells, "n": pl.repeat(1, len(cells), dtype=pl.UInt32, eager=True)})
    return cells.value_counts(name="n").with_columns(pl.col("n").cast(pl.UInt32))


def _cells(counted: pl.DataFrame) -> int:
    return int(counted.get_column("n").sum())


def in_parallel(work: Callable[[pl.DataFrame], T], batches: Iterable[pl.DataFrame]) -> Iterator[T]:
    """Results in the order of the batches; few batches are in flight, so memory stays bounded."""
    workers = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, thread_name_prefix="scan") as pool:
        waiting: deque[Future[T]] = deque()
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) >= workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
