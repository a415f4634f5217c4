"""A release as an Excel workbook with one worksheet, row by row in bounded memory."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.store.renditions import Column, ColumnType

_ROWS, _COLUMNS, _CELL = 1_048_575, 16_384, 32_767
"""Records below the header, columns, and characters of a cell that a worksheet holds."""

_DIGITS: Final = 15
"""So long a number may be for Excel to keep it as it is written."""

_FIRST_DAY: Final = "1900-03-01"
_CREATED: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - one for all, so that equal data gives equal bytes
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "long": int,
    "double": float,
    "boolean": lambda cell: cell == "true",
    "date": dt.datetime.fromisoformat,
}


def write_excel(source: Path, out: Path, columns: tuple[Column, ...]) -> None:
    """Numbers, dates and truth values as such, all else as text: nothing in it is a formula.

    Raises:
        InputError: a worksheet cannot hold the data.
    """
    import xlsxwriter

    if len(columns) > _COLUMNS:
        raise _too_large(t(f"{len(columns)} columns", f"{len(columns)} 列"))
    with xlsxwriter.Workbook(str(out), {"constant_memory": True, "tmpdir": str(out.parent)}) as book:
        book.set_properties({"created": _CREATED})
        sheet, day = book.add_worksheet("data"), book.add_format({"num_format": "yyyy-mm-dd"})
        put = {"long": sheet.write_number, "double": sheet.write_number, "boolean": sheet.write_boolean}
        put["date"] = lambda row, place, value: sheet.write_datetime(row, place, value, day)
        for row, cells in enumerate(_records(source)):
            for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
                if row and column.type in put and _is_kept(column.type, cell):
                    put[column.type](row, place, _READ[column.type](cell))
                elif cell:
                    sheet.write_string(row, place, cell)


def _is_kept(kind: ColumnType, cell: str) -> bool:
    """Whether Excel has a value for what is written: numbers have 15 digits, and its days are right from March 1900."""
    return cell >= _FIRST_DAY if kind == "date" else 0 < len(cell) <= _DIGITS


def _records(source: Path) -> Iterator[list[str]]:
    """The header and the records below it. InputError when a worksheet cannot hold them."""
    with source.open(encoding="utf-8", newline="") as text:
        try:
            for number, cells in enumerate(csv.reader(text, strict=True)):
                if number > _ROWS:
                    raise _too_large(t(f"more than {_ROWS:,} records", f"{_ROWS:,} 件を超えるレコード"))
                if any(len(cell) > _CELL for cell in cells):
                    raise _too_large(t(f"a cell of record {number}", f"{number} 件目のセル"))
                yield cells
        except csv.Error:  # a cell beyond the limit of the reader, which is far above that of a worksheet
            raise _too_large(t("a cell", "セル")) from None


def _too_large(what: Text) -> InputError:
    return InputError(
        t(f"an Excel worksheet does not hold this: {what.en}", f"Excel のワークシートに収まりません: {what.ja}"),
        hint=t("take another form: `csv-bom` or `parquet`", "別の形式（`csv-bom` や `parquet`）を選んでください"),
    )
