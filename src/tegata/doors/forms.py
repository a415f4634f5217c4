"""The forms in which a release can be had, and how each is written from the CSV file in which it was made.

That file is ours: UTF-8, comma, one header row (RFC 4180), cells that a spreadsheet would run already escaped.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tegata.doors.columns import texts
from tegata.doors.excel import Sheet, write_excel
from tegata.model.base import Text, t
from tegata.model.errors import InputError, ProtocolError
from tegata.store.renditions import Column
from tegata.transfer.contents import Told

if TYPE_CHECKING:
    import polars as pl

Write = Callable[[Path, Path, tuple[Column, ...]], None]
"""Writes the records of the first file, which are of these types, into the second."""

_BLOCK: Final = 1 << 20


def _write_parquet(source: Path, out: Path, columns: tuple[Column, ...]) -> None:
    write_parquet(texts(source), out, columns)


def write_parquet(table: pl.LazyFrame, out: Path, columns: tuple[Column, ...]) -> None:
    """Texts as values of these types."""
    import polars as pl

    types: dict[str, Any] = {"long": pl.Int64, "double": pl.Float64}
    cast = {
        "string": lambda cell: cell,
        "date": lambda cell: cell.str.to_date(),
        "boolean": lambda cell: cell == "true",
    }
    table.select(
        cast[column.type](pl.nth(n)) if column.type in cast else pl.nth(n).cast(types[column.type])
        for n, column in enumerate(columns)
    ).sink_parquet(out, compression="zstd", row_group_size=100_000, statistics=True)


def _write_text(encoding: str) -> Write:
    def write(source: Path, out: Path, _: tuple[Column, ...]) -> None:
        encoder = codecs.getincrementalencoder(encoding)()
        try:
            with source.open(encoding="utf-8", newline="") as text, out.open("wb") as file:
                while block := text.read(_BLOCK):
                    file.write(encoder.encode(block))
        except UnicodeEncodeError as error:
            raise _not_in(encoding, error.object[error.start]) from None

    return write


def _write_sheet(source: Path, out: Path, columns: tuple[Column, ...]) -> None:
    write_excel(out, [Sheet("data", source, columns)])


@dataclass(frozen=True)
class Form:
    """One way to have a table or file. `write` is missing where it is handed out as it is."""

    name: str
    suffix: str
    media: str
    say: Text
    write: Write | None = None


FORMS: Final[dict[str, Form]] = {
    form.name: form
    for form in (
        Form("csv", ".csv", "text/csv; charset=utf-8; header=present", t("CSV, UTF-8", "CSV（UTF-8）")),
        Form(
            "csv-bom",
            ".csv",
            "text/csv; charset=utf-8; header=present",
            t("CSV, UTF-8 with a byte order mark, as Excel takes it", "CSV（UTF-8、BOM 付き。Excel 向け）"),
            _write_text("utf-8-sig"),
        ),
        Form(
            "csv-sjis",
            ".csv",
            "text/csv; charset=Windows-31J; header=present",
            t("CSV, Shift_JIS (Windows-31J)", "CSV（Shift_JIS、Windows-31J）"),
            _write_text("cp932"),
        ),
        Form("parquet", ".parquet", "application/vnd.apache.parquet", t("Parquet", "Parquet"), _write_parquet),
        Form(
            "excel",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            t("Excel workbook", "Excel ブック"),
            _write_sheet,
        ),
    )
}
"""Of a table."""

FILE: Final = Form("file", "", "application/octet-stream", t("the file as it is", "ファイルそのまま"))
"""Of what is no table; its suffix is that of its own name."""

ARCHIVE: Final = Form("zip", ".zip", "application/zip", t("all of it in one archive", "全体を 1 つのアーカイブで"))
"""Of a release of several parts, whose workbook (`excel`) has a worksheet for each table."""

ALL_FORMS: Final = (*FORMS, FILE.name, ARCHIVE.name)


def form_of(told: Told, name: str) -> Form:
    """A form that a table or file can be had in. ProtocolError 404 when there is none of that name."""
    form = FORMS.get(name) if told.is_table else FILE if name == FILE.name else None
    if form is None:
        raise no_form(name, *(FORMS if told.is_table else (FILE.name,)))
    return form


def form_of_all(contents: Sequence[Told], name: str) -> Form:
    """A form that a release of several parts can be had in as one file. ProtocolError 404 when there is none of that
    name."""
    forms = (ARCHIVE, FORMS["excel"]) if any(one.is_table for one in contents) else (ARCHIVE,)
    for form in forms:
        if form.name == name:
            return form
    raise no_form(name, *(form.name for form in forms), of=[one.name for one in contents])


def no_form(name: str, *there: str, of: Sequence[str] = ()) -> ProtocolError:
    """`there`: forms that there are; `of`: tables and files, each of which has others."""
    forms, parts = ", ".join(there), ", ".join(of[:20])
    hint = t(f"forms: {forms}", f"使える形式: {forms}")
    if of:
        hint = t(f"{hint.en}; or name one of {parts}", f"{hint.ja}。または {parts} のいずれかを指定してください")
    what = t(f"there is no form `{name[:40]}` of this", f"形式 `{name[:40]}` では提供していません")
    return ProtocolError(what, status=404, hint=hint)


def _not_in(encoding: str, character: str) -> InputError:
    return InputError(
        t(
            f"the data holds `{character}`, which {encoding} lacks",
            f"データに {encoding} で表せない `{character}` があります",
        ),
        hint=t("take another form: `csv-bom` or `excel`", "別の形式（`csv-bom` や `excel`）を選んでください"),
    )
