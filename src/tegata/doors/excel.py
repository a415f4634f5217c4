"""A release as an Excel workbook with a worksheet for each table, row by row in bounded memory."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.store.renditions import Column, ColumnType

_ROWS, _COLUMNS, _CELL, _NAME = 1_048_575, 16_384, 32_767, 31
"""Records below the header, columns, and characters of a cell and of a name that a worksheet has."""

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


class Sheet(NamedTuple):
    """A table on its way into a worksheet: what that is called, the CSV file, and its columns."""

    name: str
    source: Path
    columns: tuple[Column, ...]


def write_excel(out: Path, sheets: Iterable[Sheet]) -> None:
    """Numbers, dates and truth values as such, all else as text: nothing in it is a formula. A file of a sheet is not
    read any more once the next one is asked for.

    Raises:
        InputError: a worksheet cannot hold the data.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(out), {"constant_memory": True, "tmpdir": str(out.parent)}) as book:
        book.set_properties({"created": _CREATED})
        day, names = book.add_format({"num_format": "yyyy-mm-dd"}), set[str]()
        for sheet in sheets:
            name = _sheet_name(sheet.name, names)
            names.add(name.lower())
            _write_sheet(book.add_worksheet(name), day, sheet)


def _write_sheet(page: Any, day: Any, sheet: Sheet) -> None:
    if len(sheet.columns) > _COLUMNS:
        raise _too_large(t(f"{len(sheet.columns)} columns", f"{len(sheet.columns)} 列"))
    put = {"long": page.write_number, "double": page.write_number, "boolean": page.write_boolean}
    put["date"] = lambda row, place, value: page.write_datetime(row, place, value, day)
    for row, cells in enumerate(_records(sheet.source)):
        for place, (cell, column) in enumerate(zip(cells, sheet.columns, strict=True)):
            if row and column.type in put and _is_kept(column.type, cell):
                put[column.type](row, place, _READ[column.type](cell))
            elif cell:
                page.write_string(row, place, cell)


def _sheet_name(wanted: str, taken: Container[str]) -> str:
    """Such as Excel takes: 31 characters (of UTF-16), none that a formula would read, none twice, and not `History`."""
    plain = re.sub(r"[\x00-\x1f\x7f\[\]:*?/\\]+", " ", wanted).strip(" '") or "data"
    plain = f"{plain}_" if plain.lower() == "history" else plain
    for number in itertools.count(1):
        end = f" ({number})" if number > 1 else ""
        name = _cut(plain, _NAME - len(end)) + end
        if name.lower() not in taken:
            return name
    raise RuntimeError("unreachable")


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore").strip(" '")


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
