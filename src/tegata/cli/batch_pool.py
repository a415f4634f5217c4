"""Frames of flows decided on every core, in their order and a few at a time, so that memory stays bounded."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import polars as pl

from tegata.apart import serve_parent
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.model.base import Language, Progress, t
from tegata.model.errors import PackError, StoreError
from tegata.rules.batch import Batch
from tegata.rules.ownership import Ownership
from tegata.tables import Source

AHEAD = 2  # pieces for each process that wait or are decided
PIECE = 10_000  # rows


@dataclass(frozen=True)
class Order:
    """All that a process needs to decide frames of one table. `digests` are those of the packs, in their order."""

    columns: tuple[str, ...]
    packs: PackChoice
    digests: tuple[str, ...]
    today: dt.date
    questions: bool
    language: Language
    ownership: Ownership | None = None

    def batch(self) -> Batch:
        """PackError where a pack on disk is not the one that the order was given for any more."""
        packs = packs_in_use(self.packs)
        if tuple(pack.digest for pack in packs) != self.digests:
            raise PackError(t("the rule packs changed meanwhile", "ルールパックが途中で変更されました"))
        return Batch(
            self.columns,
            packs,
            today=self.today,
            questions=self.questions,
            language=self.language,
            ownership=self.ownership,
        )


class Milestones:
    """How far the source was read when each frame came: told when its decisions are there, not when it was read."""

    def __init__(self) -> None:
        self.read = (0, 0)

    def __call__(self, done: int, total: int) -> None:
        self.read = (done, total)


def decided(order: Order, source: Source, progress: Progress | None) -> Iterator[pl.DataFrame]:
    """The decisions on every frame of the source. A table of one frame is decided in this process."""
    milestones = Milestones()
    frames = iter(source.batches(milestones))
    first = list(itertools.islice(frames, 2))
    if len(first) < 2:
        yield from (order.batch().decide(frame) for frame in first)
        return
    cores = len(os.sched_getaffinity(0))
    pool = ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _begin, (order,))
    try:
        for frame, done, total in _in_order(pool, _pieces(first, frames), milestones, AHEAD * cores):
            if progress:
                progress(done, total)
            yield frame
    except BrokenProcessPool:
        raise StoreError(
            t("a process that decides was ended from outside", "判定中のプロセスが外部から停止されました"),
            hint=t("is there enough memory? try again", "メモリーが足りているか確認し、再実行してください"),
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pieces(first: list[pl.DataFrame], frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Of all frames, none of which is kept: the first are taken out of their list."""
    while first:
        yield from first.pop(0).iter_slices(PIECE)
    for frame in frames:
        yield from frame.iter_slices(PIECE)


def _in_order(
    pool: ProcessPoolExecutor, pieces: Iterator[pl.DataFrame], milestones: Milestones, most: int
) -> Iterator[tuple[pl.DataFrame, int, int]]:
    waiting: deque[tuple[Future[pl.DataFrame], tuple[int, int]]] = deque()
    for piece in pieces:
        waiting.append((pool.submit(_decide, piece), milestones.read))
        if len(waiting) >= most:
            future, read = waiting.popleft()
            yield future.result(), *read
    for future, read in waiting:
        yield future.result(), *read


_ours: list[Batch] = []  # of the process that decides


def _begin(order: Order) -> None:
    serve_parent()
    _ours.append(order.batch())


def _decide(frame: pl.DataFrame) -> pl.DataFrame:
    return _ours[0].decide(frame)
