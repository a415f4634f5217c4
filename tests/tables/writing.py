"""Tables in every form, written by somebody else's program where there is one."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
import xlsxwriter

from tests.tables.contract import Table


def as_csv(table: Table) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def csv_file(path: Path, table: Table) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_csv(table), "utf-8", newline="")
    return path


def json_lines(path: Path, table: Table) -> Path:
    records = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def geojson(path: Path, table: Table) -> Path:
    features = [
        {"type": "Feature", "geometry": None, "properties": dict(zip(table[0], row, strict=True))} for row in table[1:]
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), "utf-8")
    return path


def xml(path: Path, table: Table) -> Path:
    root = ElementTree.Element("table")
    for row in table[1:]:
        record = ElementTree.SubElement(root, "record")
        for name, cell in zip(table[0], row, strict=True):
            ElementTree.SubElement(record, name).text = cell
    ElementTree.ElementTree(root).write(path, "utf-8", xml_declaration=True)
    return path


def parquet(path: Path, table: Table) -> Path:
    columns = {name: [row[place] or None for row in table[1:]] for place, name in enumerate(table[0])}
    pl.DataFrame(columns, schema=dict.fromkeys(table[0], pl.String())).write_parquet(path)
    return path


def workbook(path: Path, tables: Mapping[str, Table]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2020, 1, 2, 3, 4, 5)})  # noqa: DTZ001 the same bytes each time
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
    return path


def sqlite(path: Path, tables: Mapping[str, Table]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        for name, (columns, *rows) in tables.items():
            database.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
            cells = [tuple(cell or None for cell in row) for row in rows]
            database.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', cells)
        database.commit()
    return path


def duckdb(path: Path, tables: Mapping[str, Table]) -> Path:
    """Skips where DuckDB is not installed."""
    engine = pytest.importorskip("duckdb", reason="the extra `duckdb` is not installed")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with engine.connect(str(path)) as database:
        for name, (columns, *rows) in tables.items():
            database.execute(f'CREATE TABLE "{name}" ({", ".join(f"{column} VARCHAR" for column in columns)})')
            for row in rows:
                cells = [cell or None for cell in row]
                database.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', cells)
    return path


def zip_file(path: Path, members: Mapping[str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
