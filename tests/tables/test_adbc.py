"""Databases through ADBC: what the drivers of others give, as text; SQLite and PostgreSQL stand for all."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import open_collection
from tests.postgres import Server
from tests.tables.contract import PEOPLE, rows_of
from tests.tables.test_postgres import Database

pytest.importorskip("adbc_driver_sqlite", reason="the ADBC driver for SQLite is not installed")


def made(file: Path, *sentences: str) -> str:
    with closing(sqlite3.connect(file)) as database:
        for sentence in sentences:
            database.execute(sentence)
        database.commit()
    return f"adbc:sqlite:{file}"


def test_values_are_text_and_bytes_are_hexadecimal_digits(tmp_path: Path) -> None:
    address = made(
        tmp_path / "t.db",
        "CREATE TABLE v (n INTEGER, r REAL, b BLOB, x TEXT)",
        "INSERT INTO v VALUES (1, 0.5, x'00ff', ''), (-2, NULL, NULL, 'あ')",
    )
    (part,) = open_collection(address).parts
    assert rows_of(part.open()) == [("1", "0.5", "00ff", None), ("-2", None, None, "あ")]


def test_views_and_names_of_any_kind(tmp_path: Path) -> None:
    address = made(
        tmp_path / "t.db",
        'CREATE TABLE "a ""b"" ; DROP TABLE c" (x TEXT)',
        'INSERT INTO "a ""b"" ; DROP TABLE c" VALUES (\'1\')',
        "CREATE TABLE c (y TEXT)",
        "CREATE VIEW seen AS SELECT * FROM c",
    )
    found = open_collection(address)
    assert [part.name for part in found.parts] == ['a "b" ; DROP TABLE c', "c"]
    assert rows_of(found.parts[0].open()) == [("1",)]


def test_all_tables_are_of_one_moment(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    address = made(file, "PRAGMA journal_mode=WAL", "CREATE TABLE v (x TEXT)", "INSERT INTO v VALUES ('before')")
    source = open_collection(address).parts[0].open()
    made(file, "UPDATE v SET x = 'after'")
    assert rows_of(source) == rows_of(source) == [("before",)]


def test_whoever_has_read_lets_others_write(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    source = open_collection(made(file, "CREATE TABLE v (x TEXT)", "INSERT INTO v VALUES ('1')")).parts[0].open()
    next(source.batches())
    assert not another_process_writes(file)
    del source
    gc.collect()
    assert another_process_writes(file)


def another_process_writes(file: Path) -> bool:
    """Within a process the locks of two libraries do not see each other."""
    code = f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0, isolation_level=None).execute('DELETE FROM v')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "locked" in done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("address", ["adbc:", "adbc:sqlite", "adbc:../evil:x", "adbc:nothing_there:x"])
def test_what_is_no_driver_is_not_loaded(address: str) -> None:
    with pytest.raises(InputError):
        open_collection(address)


def test_postgresql_by_its_adbc_driver(postgres: Server) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver for PostgreSQL is not installed")
    database = Database(postgres, "adbc")
    database.write({"people": PEOPLE})
    found = open_collection(f"adbc:postgresql:{database.url}")
    assert [part.name for part in found.parts] == ["public.people"]
    assert rows_of(found.parts[0].open()) == [tuple(cell or None for cell in row) for row in PEOPLE[1:] if any(row)]
    assert "secret" not in found.name
    source = found.parts[0].open()
    database.drop()
    with pytest.raises(InputError):
        rows_of(source)


def test_a_password_is_in_no_error(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver for PostgreSQL is not installed")
    with pytest.raises(InputError) as told:
        open_collection(f"adbc:postgresql:postgresql://steward:hunter2@{tmp_path}/x?host={tmp_path}")
    assert "hunter2" not in str(told.value)
