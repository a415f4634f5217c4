"""Excel workbooks (.xlsx, .xlsb): the first sheet that holds anything."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl
import python_calamine as calamine

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import find_layout
from tegata.tables.source import BLOCK, Source, changed, digest_file, file_size

# The reader holds a sheet as one full rectangle in memory: both its text and its corner are bounded before it starts.
MAX_UNPACKED: Final = 256 << 20  # bytes of all parts of the workbook
MAX_CELLS: Final = 16_000_000  # of the rectangle that a sheet spans
_BATCH_CELLS: Final = 1_000_000
_LOOKED_AT: Final = 200  # rows
_CELL: Final = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')


class ExcelSource(Source):
    """A workbook. Numbers are written as short as they can be, dates as ISO 8601; empty rows are no records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        _within_budget(path)
        name, sheet = self._first_filled()
        first = [[_text(cell) for cell in row] for row in islice(sheet.iter_rows(), _LOOKED_AT)]
        layout = find_layout(first)
        self._skip = layout.first_record
        self.columns = layout.names
        self.format = SourceFormat(format="xlsx", header_row=layout.header_row, sheet=name)

    def _first_filled(self) -> tuple[str, calamine.CalamineSheet]:
        try:
            book = calamine.CalamineWorkbook.from_path(str(self.path))
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                if sheet.height:
                    return name, sheet
        except (calamine.CalamineError, OSError) as error:
            raise _damaged(self.path, str(error)) from error
        raise InputError(
            t(f"`{self.path}` holds no table", f"`{self.path}` に表がありません"),
            why=t("all its sheets are empty", "すべてのシートが空です"),
        )

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        before = digest_file(self.path)
        name, sheet = self._first_filled()
        if name != self.format.sheet:
            raise changed(self.path)
        rows = islice(sheet.iter_rows(), self._skip, None)
        total, done = max(1, sheet.total_height), self._skip
        while batch := list(islice(rows, max(1, _BATCH_CELLS // len(self.columns)))):
            yield self._frame(batch)
            done += len(batch)
            if progress is not None:
                progress(min(self.size, self.size * done // total), self.size)
        if digest_file(self.path) != before:
            raise changed(self.path)
        self._digest = before

    def _frame(self, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
        if len(rows[0]) != len(self.columns):
            raise changed(self.path)
        columns = zip(*([_text(cell) or None for cell in row] for row in rows), strict=True)
        return pl.DataFrame(
            dict(zip(self.columns, columns, strict=True)), schema=dict.fromkeys(self.columns, pl.String())
        )


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


def _within_budget(path: Path) -> None:
    """Unpack every part once, counting: sizes that a zip directory states can be false."""
    try:
        with zipfile.ZipFile(path) as parts:
            names = parts.namelist()
            if not any(name.startswith("xl/workbook") for name in names):
                raise _damaged(path, "a zip archive without a workbook")
            left = MAX_UNPACKED
            for name in names:
                left -= _measure(path, parts, name, left)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _measure(path: Path, parts: zipfile.ZipFile, name: str, budget: int) -> int:
    """Unpacked bytes of one part; a sheet's cells must lie within a bounded rectangle."""
    size, column, row, tail = 0, 1, 1, b""
    with parts.open(name) as part:
        while data := part.read(BLOCK):
            size += len(data)
            for letters, digits in _CELL.findall(tail + data) if "/worksheets/" in name else ():
                column, row = max(column, _column(letters)), max(row, int(digits))
            tail = data[-200:]
            if size > budget or column * row > MAX_CELLS:
                raise _too_large(path)
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(path: Path) -> InputError:
    return InputError(
        t(f"`{path}` is too large for a workbook", f"`{path}` は Excel ブックとして大きすぎます"),
        why=t(
            "unpacked it would need more than 256 MiB or 16 million cells",
            "展開すると 256 MiB または 1,600 万セルを超えます",
        ),
        hint=t("save the sheet as CSV", "シートを CSV で保存してください"),
    )


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as Excel", f"`{path}` を Excel として読み取れません"),
        why=why,
        hint=t(
            "open it in a spreadsheet and save it again as .xlsx or CSV",
            "表計算ソフトで開き、.xlsx または CSV で保存し直してください",
        ),
    )
