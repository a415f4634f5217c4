"""Exact numbers of distinct subjects in bounded memory: keyed 64-bit hashes, on disk in hash partitions when many."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.errors import StoreError

SUBJECT: Final = {"subject": pl.UInt64, "categories": pl.UInt32, "residents": pl.UInt64}
"""A subject's hash, the categories of data about it and the countries it belongs to, as bit masks."""

IN_MEMORY: Final = 1_000_000  # subjects, 20 bytes each; twice that while they are merged
_PARTITION_BITS: Final = 5


def unite(subjects: pl.DataFrame) -> pl.DataFrame:
    """One row per subject; masks of equal subjects are united."""
    if all(subjects.get_column(name).n_unique() <= 1 for name in ("categories", "residents")):
        return subjects.unique("subject", keep="any")  # the usual case: all rows filled alike
    rows = subjects.unique()
    again = rows.get_column("subject").is_duplicated()
    united = rows.filter(again).group_by("subject").agg(pl.col("categories", "residents").bitwise_or())
    return pl.concat([rows.filter(~again), united])


class DistinctSubjects:
    """A set of subjects that grows by batches in any order. Never approximate: a threshold of law may hang on it.

    Beyond `in_memory` subjects the set goes to temporary files, in partitions by the first bits of the hashes, so that
    uniting a partition needs little memory.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._limit = in_memory
        self._held = pl.DataFrame(schema=SUBJECT)
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self._folder: Path | None = None
        self._spills = 0

    def close(self) -> None:
        """Remove what lies on disk."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, subjects: pl.DataFrame) -> None:
        """Take in rows of `SUBJECT` form; the same subject may come again, here or later."""
        self._waiting.append(subjects)
        self._waiting_rows += subjects.height
        if self._waiting_rows > self._limit // 4:
            self._merge()
            if self._held.height > self._limit:
                self._spill()

    def parts(self) -> Iterator[pl.DataFrame]:
        """The set in disjoint parts, one row per subject."""
        self._merge()
        if self._folder is None:
            yield self._held
            return
        held = _partitioned(self._held)
        for number in range(2**_PARTITION_BITS):
            files = sorted(self._folder.glob(f"{number:02}-*"))
            yield unite(pl.concat([held.get(number, self._held.clear()), *map(pl.read_ipc, files)]))

    def _merge(self) -> None:
        if self._waiting:
            self._held = unite(pl.concat([self._held, *self._waiting]))
            self._waiting, self._waiting_rows = [], 0

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tegata-scan-"))
        try:
            for number, part in _partitioned(self._held).items():
                part.write_ipc(self._folder / f"{number:02}-{self._spills:06}")
        except OSError as error:
            raise _not_written(error, self._folder) from error
        self._held = self._held.clear()
        self._spills += 1


def _partitioned(subjects: pl.DataFrame) -> dict[int, pl.DataFrame]:
    keyed = subjects.with_columns(part=pl.col("subject") // 2 ** (64 - _PARTITION_BITS))
    parts = keyed.partition_by("part", as_dict=True, include_key=False)
    return {int(key[0]): part for key, part in parts.items()}


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
