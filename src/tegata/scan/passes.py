"""How the rows of a source come to a run: batch by batch in this process, or share by share on others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Protocol

import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import StoreError
from tegata.scan.engine import Classifier, in_order
from tegata.scan.plan import Plan
from tegata.scan.run import Part, Run
from tegata.scan.sample import Sample
from tegata.scan.saved import Saved, Share
from tegata.tables import Source
from tegata.tables.tear import Tear

Batches = Callable[[], Iterable[pl.DataFrame]]


class Passes(Protocol):
    """Passes over one table, each over the same rows."""

    def first(self) -> tuple[pl.DataFrame, bool]:
        """The first rows, and whether there are more."""
        ...

    def over(self, run: Run) -> None:
        """Every row once."""
        ...


class Stream:
    """Batch by batch. The first rows are not read twice."""

    def __init__(self, columns: Sequence[str], batches: Batches) -> None:
        self._columns, self._batches = columns, batches
        self._open: Iterable[pl.DataFrame] | None = None

    def first(self) -> tuple[pl.DataFrame, bool]:
        stream = iter(self._batches())
        first = next(stream, pl.DataFrame(schema=dict.fromkeys(self._columns, pl.String())))
        second = next(stream, None)
        self._open = chain([first], () if second is None else (second,), stream)
        return first, second is not None

    def over(self, run: Run) -> None:
        batches, self._open = self._open, None
        run.over(self._batches() if batches is None else batches)


@dataclass(frozen=True)
class Workers:
    """Where parts are made: an executor, and how many shares it is given at a time; where they are kept meanwhile.
    Sources of fewer bytes than `least` are read without it."""

    executor: Executor
    width: int
    saved: Saved | None = None
    least: int = 0


class Spread:
    """Share by share. `shares` gives the same ones at every call."""

    def __init__(
        self, source: Source, shares: Callable[[], Iterator[Source]], workers: Workers, progress: Progress, tear: Tear
    ) -> None:
        self._source, self._shares, self._workers, self._progress = source, shares, workers, progress
        self._tear = tear
        self._number = 0  # of the pass

    def first(self) -> tuple[pl.DataFrame, bool]:
        self._workers.executor.submit(ready)  # they start meanwhile
        return self._source.head(), True

    def over(self, run: Run) -> None:
        work = partial(part_of, run.classifier, run.plan, run.seed, run.survey.cuts, run.sample)
        self._number += 1
        saved, shares = self._workers.saved, self._told()
        kept = saved.of(f"{self._source.path} {self._number}", run) if saved else None
        shares = kept.remaining(shares) if kept else shares
        parts = self._tear.until(in_order(self._workers.executor, self._workers.width, work, shares))
        try:
            run.gather(kept.with_those_before(parts) if kept else parts)
        except BrokenExecutor as error:
            raise _worker_lost() from error

    def _told(self) -> Iterator[Share]:
        done = 0
        for number, share in enumerate(self._shares(), 1):
            yield number, share
            done += share.size
            self._progress(min(done, self._source.size), self._source.size)


def ready() -> None:
    """What a worker does first: load what it needs."""


def part_of(
    classifier: Classifier,
    plan: Plan,
    seed: int,
    cuts: Mapping[int, int],
    sample: Sample | None,
    share: Share,
) -> Part:
    """What a share adds to a run. Called in workers: its arguments and its result go over the wire."""
    number, source = share
    return Run(classifier, plan, seed, cuts=cuts, sample=sample, share=number).part(source.batches())


def _worker_lost() -> StoreError:
    return StoreError(
        t("a process that scanned a part of the data was ended", "データの一部を走査していたプロセスが終了しました"),
        why=t("usually the system had no memory left", "多くの場合、メモリ不足が原因です"),
        hint=t(
            "scan again with `--workers 1`, or a smaller number", "`--workers 1` など、より少ない数で実行してください"
        ),
    )
