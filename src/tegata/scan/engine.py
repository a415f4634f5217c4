"""From batches of records to merged partials: two threads of columnar work, no Python loop over values."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import polars as pl

from tegata.scan.headers import HeaderIndex, HeaderMatch
from tegata.scan.load import RecogniserSet
from tegata.scan.matcher import Hits, Matcher
from tegata.scan.normalise import normalise
from tegata.scan.partial import SAMPLE, ColumnPartial, Partial, merge, smallest

T = TypeVar("T")
_FEW = 4  # a batch whose column repeats each value at least so often is looked at by distinct value


class Classifier:
    """Holds, per column, which recognisers look at every cell. That depends on headers alone, never on the data."""

    def __init__(self, columns: Sequence[str], recognisers: RecogniserSet, seed: int) -> None:
        index = HeaderIndex(recognisers.recognisers)
        self.columns = tuple(columns)
        self.recognisers = recognisers
        self.headers: tuple[dict[str, HeaderMatch], ...] = index.match_all(columns)
        self._seed = seed
        self._matchers: dict[frozenset[str], Matcher] = {}
        self._by_column = [self._matcher(frozenset(header)) for header in self.headers]

    def _matcher(self, named: frozenset[str]) -> Matcher:
        extra = frozenset(r.id for r in self.recognisers.recognisers if r.needs_header and r.id in named)
        if extra not in self._matchers:
            looking = [r for r in self.recognisers.recognisers if not r.needs_header or r.id in extra]
            self._matchers[extra] = Matcher(looking)
        return self._matchers[extra]

    def partial(self, batch: pl.DataFrame) -> Partial:
        """What one batch adds."""
        return tuple(
            self._column(batch.get_column(name), matcher)
            for name, matcher in zip(self.columns, self._by_column, strict=True)
        )

    def sampled(self, column: int, partial: ColumnPartial) -> dict[str, Hits]:
        """Hits among the sampled distinct values: the evidence that the decision weighs."""
        return self._by_column[column].run(partial.sample.get_column("cell"))

    def _column(self, raw: pl.Series, matcher: Matcher) -> ColumnPartial:
        rows = len(raw)
        cells = normalise(raw.drop_nulls()).drop_nulls()
        if not len(cells):
            return ColumnPartial(rows, rows, {}, ColumnPartial.empty().sample)
        values, weights = _distinct(cells)
        sample = smallest(self._candidates(values))
        return ColumnPartial(rows, rows - len(cells), matcher.run(values, weights), sample)

    def _candidates(self, values: pl.Series) -> pl.DataFrame:
        hashes = values.hash(self._seed)
        if len(values) > 4 * SAMPLE:
            # A cut that leaves about two samples of a column of distinct values; wider when it leaves too few.
            cut = 2**64 // len(values) * 2 * SAMPLE
            low = hashes < cut
            if int(hashes.filter(low).n_unique()) >= SAMPLE:
                return pl.DataFrame({"hash": hashes.filter(low), "cell": values.filter(low)})
        return pl.DataFrame({"hash": hashes, "cell": values})


def _distinct(cells: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """Distinct values with their counts where the column repeats itself, else the cells as they are."""
    probe = cells.head(256)
    if len(probe) < 64 or probe.n_unique() * _FEW > len(probe):
        return cells, None
    counted = cells.rename("cell").value_counts(name="n")
    return counted.get_column("cell"), counted.get_column("n")


def classify(classifier: Classifier, batches: Iterable[pl.DataFrame]) -> Partial:
    """Partial of a whole source; that of no rows when it has none."""
    total: Partial = tuple(ColumnPartial.empty() for _ in classifier.columns)
    for part in in_parallel(classifier.partial, batches):
        total = merge(total, part)
    return total


def in_parallel(work: Callable[[pl.DataFrame], T], batches: Iterable[pl.DataFrame]) -> Iterator[T]:
    """Results in the order of the batches; few batches are in flight, so memory stays bounded."""
    workers = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, thread_name_prefix="scan") as pool:
        waiting: deque[Future[T]] = deque()
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
