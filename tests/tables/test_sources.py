"""Every form of one table passes the same tests, and so does every form of several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tables import writing
from tests.tables.contract import FILLED, CollectionContract, SourceContract, Table, rows_of


class TestCsv(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return writing.csv_file(folder / "t.csv", table)


class TestJsonLines(SourceContract):
    keeps_columns = False

    def write(self, folder: Path, table: Table) -> Path:
        return writing.json_lines(folder / "t.jsonl", table)


class TestParquet(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return writing.parquet(folder / "t.parquet", table)


class TestSheet(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return writing.workbook(folder / "t.xlsx", {"s": table})


class TestSqliteTable(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return writing.sqlite(folder / "t.db", {"s": table})


class TestXml(SourceContract):
    keeps_columns = False

    def write(self, folder: Path, table: Table) -> Path:
        return writing.xml(folder / "t.xml", table)


class TestGeoJson(SourceContract):
    keeps_columns = False

    def write(self, folder: Path, table: Table) -> Path:
        return writing.geojson(folder / "t.geojson", table)


class TestFolder(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        for name, table in tables.items():
            writing.csv_file(folder / "set" / f"{name}.csv", table)
        return folder / "set"

    def name(self, table: str) -> str:
        return f"{table}.csv"


class TestZip(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        members = {f"in/{name}.csv": writing.as_csv(table) for name, table in tables.items()}
        return writing.zip_file(folder / "t.zip", members)

    def name(self, table: str) -> str:
        return f"in/{table}.csv"


class TestWorkbook(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        return writing.workbook(folder / "t.xlsx", {"empty": [], **tables})


class TestSqlite(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        return writing.sqlite(folder / "t.db", tables)


class TestDuckdbTable(SourceContract):
    def write(self, folder: Path, table: Table) -> Path:
        return writing.duckdb(folder / "t.duckdb", {"s": table})


class TestDuckdb(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        return writing.duckdb(folder / "t.duckdb", tables)


def _adbc(file: Path) -> str:
    pytest.importorskip("adbc_driver_sqlite", reason="the ADBC driver for SQLite is not installed")
    return f"adbc:sqlite:{file}"


class TestAdbcTable(SourceContract):
    def write(self, folder: Path, table: Table) -> str:  # type: ignore[override]
        return _adbc(writing.sqlite(folder / "t.db", {"s": table}))

    def test_a_source_that_disappears_is_told(self, tmp_path: Path) -> None:
        """It does not disappear: the transaction of who opened it holds it. A server that goes is in test_adbc.py."""
        source = self.source(tmp_path)
        (tmp_path / "t.db").unlink()
        assert rows_of(source) == FILLED


class TestAdbc(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> str:  # type: ignore[override]
        return _adbc(writing.sqlite(folder / "t.db", tables))
