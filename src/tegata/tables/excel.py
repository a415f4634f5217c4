"""Excel workbooks (.xlsx, .xlsb): every sheet that holds anything is a table, hidden ones too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl
import python_calamine as calamine

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import find_layout
from tegata.tables.merged import MergedCells
from tegata.tables.source import Source, changed, digest_file, file_size, frame_rows
from tegata.tables.workbook import check_budget, damaged

_LOOKED_AT: Final = 200  # rows


class ExcelSource(Source):
    """A sheet. Numbers are written as short as they can be, dates as ISO 8601; empty rows are no records. A merged
    cell is in every row that it spans, and a header of several rows gives joined names (`merged`)."""

    def __init__(self, path: Path, sheet: str) -> None:
        self.path = path
        self.size = file_size(path)
        check_budget(path)
        with _opened(path) as book:
            opened = _sheet(book, path, sheet)
            first = [[_text(cell) for cell in row] for row in islice(opened.iter_rows(), _LOOKED_AT)]
            layout = _merged(opened).layout(first, find_layout(first))
        self._skip = layout.first_record
        self.columns = layout.names
        self.format = SourceFormat(format="xlsx", header_row=layout.header_row, sheet=sheet)

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        before = digest_file(self.path)
        check_budget(self.path)
        with _opened(self.path) as book:
            yield from self._frames(_sheet(book, self.path, self.format.sheet), progress)
        if digest_file(self.path) != before:
            raise changed(self.path)
        self._digest = before

    def _frames(self, sheet: calamine.CalamineSheet, progress: Progress | None) -> Iterator[pl.DataFrame]:
        rows = _merged(sheet).filled_down(islice(sheet.iter_rows(), self._skip, None), self._skip)
        total, done = max(1, sheet.total_height), self._skip
        while batch := list(islice(rows, frame_rows(len(self.columns)))):
            yield self._frame(batch)
            done += len(batch)
            if progress is not None:
                progress(min(self.size, self.size * done // total), self.size)

    def _frame(self, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
        if len(rows[0]) != len(self.columns):
            raise changed(self.path)
        columns = zip(*([_text(cell) or None for cell in row] for row in rows), strict=True)
        return pl.DataFrame(
            dict(zip(self.columns, columns, strict=True)), schema=dict.fromkeys(self.columns, pl.String())
        )


def filled_sheets(path: Path) -> tuple[str, ...]:
    """Names of the sheets that hold anything, in their order.

    Raises:
        InputError: damaged, too large, or without a filled sheet.
    """
    check_budget(path)
    with _opened(path) as book:
        names = tuple(name for name in _worksheets(book) if book.get_sheet_by_name(name).height)
    if names:
        return names
    raise InputError(
        t(f"`{path}` holds no table", f"`{path}` に表がありません"),
        why=t("all its sheets are empty", "すべてのシートが空です"),
    )


def _worksheets(book: calamine.CalamineWorkbook) -> list[str]:
    """Charts and macros have sheets too, but no cells."""
    return [one.name for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]


@contextmanager
def _opened(path: Path) -> Iterator[calamine.CalamineWorkbook]:
    try:
        yield calamine.CalamineWorkbook.from_path(str(path))
    except (calamine.CalamineError, OSError) as error:
        raise damaged(path, str(error)) from error


def _sheet(book: calamine.CalamineWorkbook, path: Path, name: str) -> calamine.CalamineSheet:
    if name not in book.sheet_names:
        raise changed(path)
    return book.get_sheet_by_name(name)


def _merged(sheet: calamine.CalamineSheet) -> MergedCells:
    """Of a sheet; where its form does not tell of them there are none."""
    return MergedCells(sheet.merged_cell_ranges or (), sheet.start[1] if sheet.start else 0)


def _text(cell: Any) -> str:
    """A cell as text: what a reader of the sheet would type, without its number format."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    return str(cell)
