"""Exact numbers of distinct subjects in bounded memory: keyed 64-bit hashes, on disk in hash partitions when many."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from tegata.model.base import t
from tegata.model.errors import StoreError

SUBJECT: Final = {"subject": pl.UInt64, "categories": pl.UInt32, "residents": pl.UInt64}
"""A subject's hash, the categories of data about it and the countries it belongs to, as bit masks."""

IN_MEMORY: Final = 2_000_000  # subjects, 20 bytes each; twice that while they are merged
_PARTITION_BITS: Final = 5


def unite(subjects: pl.DataFrame) -> pl.DataFrame:
    """One row per subject; masks of equal subjects are united."""
    return subjects.group_by("subject").agg(pl.col("categories").bitwise_or(), pl.col("residents").bitwise_or())


class DistinctSubjects:
    """A set of subjects that grows by batches in any order. Never approximate: a threshold of law may hang on it."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._limit = in_memory
        self._held = pl.DataFrame(schema=SUBJECT)
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self._folder: Path | None = None
        self._spills = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, subjects: pl.DataFrame) -> None:
        """Take in rows of `SUBJECT` form; the same subject may come again, here or later."""
        self._waiting.append(subjects)
        self._waiting_rows += subjects.height
        if self._waiting_rows > max(self._limit // 4, self._held.height // 2):
            self._merge()
        if self._held.height > self._limit:
            self._spill()

    def parts(self) -> Iterator[pl.DataFrame]:
        """The set in disjoint parts, one row per subject."""
        self._merge()
        if self._folder is None:
            yield self._held
            return
        self._spill()
        for partition in sorted(self._folder.iterdir()):
            yield unite(pl.concat([pl.read_ipc(file, memory_map=False) for file in sorted(partition.iterdir())]))

    def _merge(self) -> None:
        if self._waiting:
            self._held = unite(pl.concat([self._held, *self._waiting]))
            self._waiting, self._waiting_rows = [], 0

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tegata-scan-"))
        keyed = self._held.with_columns(partition=pl.col("subject") // 2 ** (64 - _PARTITION_BITS))
        try:
            for (number,), part in keyed.partition_by("partition", as_dict=True, include_key=False).items():
                folder = self._folder / f"{number:02}"
                folder.mkdir(exist_ok=True)
                part.write_ipc(folder / f"{self._spills:06}.ipc")
        except OSError as error:
            raise _not_written(error, self._folder) from error
        self._spills += 1
        self._held = pl.DataFrame(schema=SUBJECT)


def _not_written(error: OSError, folder: Path) -> StoreError:
    full = error.errno == errno.ENOSPC
    return StoreError(
        t("subjects could not be counted", "対象者を数えられませんでした"),
        why=t("the disk is full", "ディスクの空きがありません") if full else str(error),
        hint=t(
            f"free space under `{folder.parent}` or point TMPDIR to a larger disk, then scan again",
            f"`{folder.parent}` の空きを増やすか TMPDIR を大きなディスクに向けて、もう一度実行してください",
        ),
    )
