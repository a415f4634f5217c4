"""Parquet: read in slices, every column as text, structures as dotted columns."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from itertools import accumulate
from pathlib import Path
from typing import Final

import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import unique_names
from tegata.tables.packed import BOMB, room
from tegata.tables.row_groups import Footer, RowGroup, read_footer
from tegata.tables.seal import Seal, Sealing
from tegata.tables.source import (
    BLOCK,
    FRAME_CELLS,
    MAX_COLUMNS,
    Intake,
    Source,
    changed,
    digest_file,
    file_size,
    frame_rows,
    too_many_columns,
)
from tegata.tables.typed import text_leaves

_DAMAGE: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""How the reader meets bytes that are no Parquet: some footers that contradict themselves make it panic, which is no
`Exception` and would end the thread that reads."""
_SLAB: Final = 8 << 20  # bytes of the file; unpacked they are some five times as many
_SHARE_CELLS: Final = 4 << 20  # of the row groups of one share, or one group


class ParquetSource(Source):
    """A Parquet file. Fields of structures become columns `a.b`, lists JSON text, bytes hexadecimal digits."""

    _seals: tuple[Seal, ...] = ()  # of a share: of its row groups, and of the footer

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        self.format = SourceFormat(format="parquet")
        try:
            # glob=False: brackets and stars in a file name are part of the name
            self._table = pl.scan_parquet(path, glob=False, low_memory=True)
            schema = self._table.collect_schema()
            leaves = [
                leaf
                for place, (name, dtype) in enumerate(schema.items())
                for leaf in text_leaves(name, pl.nth(place), dtype)
            ]
            self._rows = int(self._table.select(pl.len()).collect().item())
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        if len(leaves) > MAX_COLUMNS:
            raise too_many_columns(path, len(leaves))
        self.columns = unique_names([name for name, _ in leaves])
        self._texts = [text.alias(name) for name, (_, text) in zip(self.columns, leaves, strict=True)]

        self._footer = read_footer(path, self._rows)
        self._groups = self._footer.groups if self._footer else (RowGroup(self._rows, 0),)
        if any(group.unpacked > room(self.size) for group in self._groups):
            raise _bomb(path)
        self._first = 0  # row of the file

    def head(self) -> pl.DataFrame:
        """Without the digest of a file that may be large."""
        return next(self._slabs()).head(frame_rows(len(self.columns)))

    def shares(self) -> Iterator[Source] | None:
        """Whole row groups."""
        shares: list[tuple[RowGroup, ...]] = [()]
        for group in self._groups:
            if sum(one.rows for one in shares[-1]) * len(self.columns) >= _SHARE_CELLS:
                shares.append(())
            shares[-1] = (*shares[-1], group)
        return self._cut(shares, self._footer) if self._footer and len(shares) > 1 else None

    def _cut(self, shares: list[tuple[RowGroup, ...]], footer: Footer) -> Iterator[Source]:
        """The footer comes last in the file, and every share stands on it: so the file is read before any is out."""
        sealing = Sealing()
        places = [*(groups[0].start for groups in shares[1:]), footer.start, self.size]
        with Intake(self.path) as intake:
            seals = [_seal(intake, sealing, upto) for upto in places]
            self._digest = intake.digest
        first = 0
        for groups, seal in zip(shares, seals, strict=False):
            share = copy(self)
            share.held, share.mark = None, self._digest
            share._groups, share._first, share._seals = groups, first, (seal, seals[-1])
            share._rows = sum(group.rows for group in groups)
            share.size = seal.stop - seal.start
            first += share._rows
            yield share

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        before = "" if self._seals else digest_file(self.path)
        done = 0
        for slab in self._slabs():
            for frame in slab.iter_slices(frame_rows(len(self.columns))):
                done += frame.height
                if progress is not None:
                    progress(self.size * done // self._rows, self.size)
                yield frame
        for seal in self._seals:
            seal.check(self.path)
        if before and digest_file(self.path) != before:
            raise changed(self.path)
        self._digest = before or "sealed"

    def _slabs(self) -> Iterator[pl.DataFrame]:
        """What is read in one go: a row group, or a part of a large one, of which the engine unpacks more than that."""
        packed = max(1, self.size // max(1, self._rows))
        most = max(frame_rows(len(self.columns)), min(_SLAB // packed, FRAME_CELLS // max(1, len(self.columns))))
        for first, group in zip(
            accumulate((g.rows for g in self._groups), initial=self._first), self._groups, strict=False
        ):
            for offset in range(0, group.rows, most):
                try:
                    yield (
                        self._table.slice(first + offset, min(most, group.rows - offset)).select(self._texts).collect()
                    )
                except _DAMAGE as error:
                    raise _damaged(self.path, error) from error


def _seal(intake: Intake, sealing: Sealing, upto: int) -> Seal:
    """Of what stands between the part before and a byte of the file."""
    while sealing.stop < upto and (data := intake.read(min(BLOCK, upto - sealing.stop))):
        sealing.extend(data)
    return sealing.close()


def _bomb(path: Path) -> InputError:
    """One row group is unpacked in one go."""
    return InputError(
        t(f"`{path}` cannot be read as Parquet", f"`{path}` を Parquet として読み取れません"),
        why=BOMB,
        hint=t("write it in smaller row groups", "行グループを小さくして書き出してください"),
    )


def _damaged(path: Path, error: BaseException) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as Parquet", f"`{path}` を Parquet として読み取れません"),
        why=str(error).splitlines()[0] if str(error) else "",
        hint=t("copy or export the file again", "ファイルをもう一度コピーするか、書き出し直してください"),
    )
