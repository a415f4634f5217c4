"""Exact numbers of distinct subjects in bounded memory: keyed 64-bit hashes, on disk in hash partitions when many."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from tegata.model.base import t
from tegata.model.errors import StoreError, why_of

SUBJECT: Final = {"subject": pl.UInt64, "categories": pl.UInt32, "residents": pl.UInt64}
"""A subject's hash, the categories of data about it and the countries it belongs to, as bit masks."""

IN_MEMORY: Final = 1_000_000  # subjects, 20 bytes each; twice that while they are merged
_PARTITION_BITS: Final = 5


Masks = tuple[int, int]
"""Categories and countries of subjects."""


def unite(subjects: pl.DataFrame) -> pl.DataFrame:
    """One row per subject; masks of equal subjects are united."""
    rows = subjects.unique()
    again = rows.get_column("subject").is_duplicated()
    united = rows.filter(again).group_by("subject").agg(pl.col("categories", "residents").bitwise_or())
    return pl.concat([rows.filter(~again), united])


class DistinctSubjects:
    """A set of subjects that grows by batches in any order. Never approximate: a threshold of law may hang on it.

    Hashes are held by their masks, of which there are few: a set of bare numbers grows five times faster than one of
    rows. Beyond `in_memory` of them they go to temporary files, in partitions by their first bits, so that uniting a
    partition needs little memory.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._limit = in_memory
        self._held: dict[Masks, pl.Series] = {}
        self._waiting: dict[Masks, list[pl.Series]] = {}
        self._waiting_rows = 0
        self._folder: Path | None = None
        self._spills = 0

    def close(self) -> None:
        """Remove what lies on disk."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, subjects: pl.DataFrame) -> None:
        """Take in rows of `SUBJECT` form; the same subject may come again, here or later."""
        for masks, hashes in _by_masks(subjects):
            self._waiting.setdefault(masks, []).append(hashes)
        self._waiting_rows += subjects.height
        if self._waiting_rows > self._limit // 4:
            self._merge()
            if sum(map(len, self._held.values())) > self._limit:
                self._spill()

    def parts(self) -> Iterator[pl.DataFrame]:
        """The set in disjoint parts, one row per subject."""
        self._merge()
        held = self._as_rows()
        if self._folder is None:
            yield held if len(self._held) < 2 else unite(held)
            return
        kept = _partitioned(held)
        for number in range(2**_PARTITION_BITS):
            files = sorted(self._folder.glob(f"{number:02}-*"))
            yield unite(pl.concat([kept.get(number, held.clear()), *map(pl.read_ipc, files)]))

    def _merge(self) -> None:
        for masks, waiting in self._waiting.items():
            held = self._held.get(masks)
            self._held[masks] = pl.concat(waiting if held is None else [held, *waiting]).unique()
        self._waiting, self._waiting_rows = {}, 0

    def _as_rows(self) -> pl.DataFrame:
        rows = [_rows(hashes, masks) for masks, hashes in self._held.items()]
        return pl.concat([pl.DataFrame(schema=SUBJECT), *rows])

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tegata-scan-"))
        try:
            for number, part in _partitioned(self._as_rows()).items():
                part.write_ipc(self._folder / f"{number:02}-{self._spills:06}")
        except OSError as error:
            raise _not_written(error, self._folder) from error
        self._held = {}
        self._spills += 1


def _by_masks(subjects: pl.DataFrame) -> Iterator[tuple[Masks, pl.Series]]:
    masks = subjects.select("categories", "residents")
    if subjects.height and masks.min().equals(masks.max()):  # the usual case: all rows filled alike
        yield masks.row(0), subjects.get_column("subject")
        return
    for (categories, residents), part in subjects.partition_by("categories", "residents", as_dict=True).items():
        yield (int(str(categories)), int(str(residents))), part.get_column("subject")


def _rows(hashes: pl.Series, masks: Masks) -> pl.DataFrame:
    categories, residents = (pl.lit(mask, dtype) for mask, dtype in zip(masks, (pl.UInt32, pl.UInt64), strict=True))
    return pl.DataFrame({"subject": hashes}).select("subject", categories=categories, residents=residents)


def _partitioned(subjects: pl.DataFrame) -> dict[int, pl.DataFrame]:
    keyed = subjects.with_columns(part=pl.col("subject") // 2 ** (64 - _PARTITION_BITS))
    parts = keyed.partition_by("part", as_dict=True, include_key=False)
    return {int(key[0]): part for key, part in parts.items()}


def _not_written(error: OSError, folder: Path) -> StoreError:
    return StoreError(
        t("subjects could not be counted", "対象者を数えられませんでした"),
        why=why_of(error),
        hint=t(
            f"free space under `{folder.parent}` or point TMPDIR to a larger disk, then scan again",
            f"`{folder.parent}` の空きを増やすか TMPDIR を大きなディスクに向けて、もう一度実行してください",
        ),
    )
