"""Forms of a release: whatever stands in it, each form holds the same, and no type changes a value."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from tegata.doors.columns import columns_of
from tegata.doors.forms import FORMS
from tegata.model.errors import InputError
from tegata.store.renditions import Column
from tegata.tables import open_sink

CELL = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=True).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**15), max_value=10**15).map(str),
    st.dates().map(str),
    st.sampled_from(
        ["true", "false", "True", "007", "-0", "0", "1e5", "1,000", "２", " 1", "1 ", "+1", "-", "2024-02-30"]
    ),
    st.sampled_from(['"', '""', "a\r\nb", "a\nb", "\r", ",", "'", "=1+1", "@x", "\t=1"]),
)
KIND = st.sampled_from([
    st.integers(-(10**17), 10**17).map(str), st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)).map(str),
    st.sampled_from(["true", "false"]), st.integers(0, 10**6).map(lambda n: f"{n}.5"), CELL,
])  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """A few columns, each of one kind or of all; names may look like patterns."""
    name = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
    names = draw(st.lists(st.one_of(name, st.sampled_from(["^.*$", "a b", "列"])), min_size=1, max_size=4, unique=True))
    rows = draw(st.integers(0, 6))
    cells = {n: draw(st.lists(draw(KIND), min_size=rows, max_size=rows)) for n in names}
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))


def released(folder: Path, table: pl.DataFrame) -> tuple[Path, list[list[str]]]:
    """The table as it leaves: a CSV file, and what stands in it by Python's own reader."""
    import csv

    path = folder / "data.csv"
    with open_sink(path, "csv") as sink:
        sink.write(table)
    with path.open(encoding="utf-8", newline="") as text:
        return path, list(csv.reader(text))


def said(value: Any) -> str:
    """A value of a typed column as it was written, but for numbers that can be written in several ways."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_parquet_holds_what_the_release_holds(table: pl.DataFrame, tmp_path: Path) -> None:
    path, (header, *records) = released(tmp_path, table)
    columns, out = columns_of(path), tmp_path / "data.parquet"
    write = FORMS["parquet"].write
    assert write is not None
    write(path, out, columns)
    read = pl.read_parquet(out)
    assert (read.columns, read.height) == (header, len(records))
    for record, row in zip(records, read.iter_rows(), strict=True):
        for cell, value, column in zip(record, row, columns, strict=True):
            same = float(cell) == value if column.type == "double" and cell else said(value) == cell
            assert same, (cell, value, column.type)
    for column in columns:
        values = read[column.name].drop_nulls()
        assert column.nulls == read.height - len(values)
        if column.low is not None:
            assert (str(column.low), str(column.high)) == (str(values.min()), str(values.max()))


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_excel_holds_what_the_release_holds(table: pl.DataFrame, tmp_path: Path) -> None:
    path, records = released(tmp_path, table)
    columns, out = columns_of(path), tmp_path / "data.xlsx"
    write = FORMS["excel"].write
    assert write is not None
    write(path, out, columns)
    assert b"<f>" not in out.read_bytes()
    rows = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python(skip_empty_area=False)
    for number, record in enumerate(records):
        for place, cell in enumerate(record):
            found = rows[number][place] if number < len(rows) and place < len(rows[number]) else ""
            typed = number and columns[place].type in ("long", "double") and 0 < len(cell) <= 15
            assert (float(cell) == found) if typed else plain(found) == plain(cell), (cell, found)


def plain(cell: Any) -> str:
    """Without what XML does not keep (ends of lines, control characters); days and truth values as written."""
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()[:10]
    text = str(cell).lower() if isinstance(cell, bool) else str(cell)
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c in "\t\n")


def test_types_are_as_narrow_as_all_values_allow(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    columns = {
        "007": "string", "1": "long", "-5": "long", "1.10": "double", "1234567890.123456": "string", "": "string",
        "2024-02-29": "date", "2023-02-29": "string", "24-02-29": "string", "true": "boolean", "TRUE": "string",
        "1e3": "string", "9223372036854775808": "string", "-0": "string", "NaN": "string", ".5": "string",
    }  # fmt: skip
    path.write_text(",".join(f"c{n}" for n in range(len(columns))) + "\r\n" + ",".join(columns) + "\r\n")
    assert [column.type for column in columns_of(path)] == list(columns.values())


def test_tables_of_unusual_shapes(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    names = [f"c{n}" for n in range(2000)]
    wide.write_text(",".join(names) + "\r\n" + ",".join(str(n) for n in range(2000)) + "\r\n")
    columns = columns_of(wide)
    assert {column.type for column in columns} == {"long"}
    write = FORMS["parquet"].write
    assert write is not None
    write(wide, tmp_path / "wide.parquet", columns)
    assert pl.read_parquet(tmp_path / "wide.parquet").row(0)[1999] == 1999


def test_what_excel_cannot_hold_is_refused(tmp_path: Path) -> None:
    write = FORMS["excel"].write
    assert write is not None
    path = tmp_path / "data.csv"
    path.write_text("a\r\n" + "x" * 32_768 + "\r\n")
    with pytest.raises(InputError, match="a cell of record 1"):
        write(path, tmp_path / "cell.xlsx", (Column(name="a", type="string"),))
    path.write_text("a\r\n" + "x" * 200_000 + "\r\n")
    with pytest.raises(InputError, match="worksheet"):
        write(path, tmp_path / "cell.xlsx", (Column(name="a", type="string"),))
    with pytest.raises(InputError, match="columns"):
        write(path, tmp_path / "wide.xlsx", (Column(name="a", type="string"),) * 16_385)
