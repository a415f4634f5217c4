"""The forms in which a release can be had, and how each is written from the CSV file in which it was made.

That file is ours: UTF-8, comma, one header row (RFC 4180), cells that a spreadsheet would run already escaped.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tegata.doors.excel import write_excel
from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.store.renditions import Column, ColumnType

if TYPE_CHECKING:
    import polars as pl

Write = Callable[[Path, Path, tuple[Column, ...]], None]
"""Writes the records of the first file, which are of these types, into the second."""

_BLOCK: Final = 1 << 20


def columns_of(path: Path) -> tuple[Column, ...]:
    """The columns, each with the narrowest type in which every value is written in one way, so that none is changed by
    it: `007`, 17 digits behind a point, or `2024-02-30` keep their column a text."""
    import polars as pl

    frame = _texts(path)
    names = frame.collect_schema().names()
    tests = [test.alias(f"{kind} {n}") for n in range(len(names)) for kind, test in _tests(pl.nth(n)).items()]
    found = frame.select(tests).collect(engine="streaming").row(0, named=True)
    types = [_type(found, n) for n in range(len(names))]
    figures = [part.alias(f"{what} {n}") for n, kind in enumerate(types) for what, part in _figures(n, kind).items()]
    known = frame.select(figures).collect(engine="streaming").row(0, named=True)
    return tuple(
        Column(name=name, type=kind, nulls=known[f"nulls {n}"], low=known.get(f"low {n}"), high=known.get(f"high {n}"))
        for n, (name, kind) in enumerate(zip(names, types, strict=True))
    )


def _figures(place: int, kind: ColumnType) -> dict[str, pl.Expr]:
    import polars as pl

    nulls = {"nulls": pl.nth(place).is_null().sum()}
    if kind not in ("long", "double", "date"):
        return nulls
    cell = pl.nth(place) if kind == "date" else pl.nth(place).cast(pl.Int64 if kind == "long" else pl.Float64)
    return nulls | {"low": cell.min(), "high": cell.max()}


def _tests(cell: pl.Expr) -> dict[str, pl.Expr]:
    import polars as pl

    digits = cell.str.replace_all(r"[-.]", "").str.len_chars()
    number = cell.str.contains(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$") & (digits <= 15)
    tests = {
        "long": cell.str.contains(r"^(?:0|-?[1-9][0-9]{0,17})$"),
        "double": number & (cell != "-0"),
        "date": cell.str.contains(r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$") & cell.str.to_date(strict=False).is_not_null(),
        "boolean": cell.is_in(["true", "false"]),
    }
    filled = cell.is_not_null().any()
    return {kind: test.all() & filled for kind, test in tests.items()} | {"string": pl.lit(True)}


def _type(found: dict[str, Any], place: int) -> ColumnType:
    kinds: tuple[ColumnType, ...] = ("long", "double", "date", "boolean")
    return next((kind for kind in kinds if found[f"{kind} {place}"]), "string")


def _texts(path: Path) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(path, infer_schema=False, null_values=[""], glob=False, encoding="utf8")


def _write_parquet(source: Path, out: Path, columns: tuple[Column, ...]) -> None:
    import polars as pl

    types: dict[str, Any] = {"long": pl.Int64, "double": pl.Float64}
    cast = {
        "string": lambda cell: cell,
        "date": lambda cell: cell.str.to_date(),
        "boolean": lambda cell: cell == "true",
    }
    _texts(source).select(
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


@dataclass(frozen=True)
class Form:
    """One way to have a release. `write` is missing where the release is handed out as it is."""

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
            write_excel,
        ),
    )
}


def _not_in(encoding: str, character: str) -> InputError:
    return InputError(
        t(
            f"the data holds `{character}`, which {encoding} lacks",
            f"データに {encoding} で表せない `{character}` があります",
        ),
        hint=t("take another form: `csv-bom` or `excel`", "別の形式（`csv-bom` や `excel`）を選んでください"),
    )
