"""SQLite databases: read as they stand, whatever their schema would like to run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import open_collection, open_source
from tests.tables import writing
from tests.tables.contract import PEOPLE, rows_of


def made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def test_values_of_every_type(tmp_path: Path) -> None:
    path = made(
        tmp_path / "t.db",
        'CREATE TABLE "odd ""name" (a, "b c", "select", d)',
        "INSERT INTO \"odd \"\"name\" VALUES (1, 2.5, x'00ff', NULL), (9007199254740993, 9e999, '', 'x')",
    )
    source = open_source(path)
    assert source.format.table == 'odd "name'
    assert rows_of(source) == [("1", "2.5", "00ff", None), ("9007199254740993", "Inf", None, "x")]


def test_views_triggers_and_virtual_tables_do_not_run(tmp_path: Path) -> None:
    path = made(
        tmp_path / "t.db",
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES ('x')",
        "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
        "INSERT INTO words VALUES ('Hanako lives here')",
    )
    found = open_collection(path)
    names = [part.name for part in found.parts]
    assert "t" in names
    assert "v" not in names
    assert "words_content" in names  # where the words lie
    assert [(one.name, one.why.en[:15]) for one in found.unread] == [("words", "a virtual table")]


def test_nothing_is_written_beside_it(tmp_path: Path) -> None:
    path = writing.sqlite(tmp_path / "t.db", {"t": PEOPLE})
    before = path.read_bytes()
    rows_of(open_source(path))
    assert [file.name for file in tmp_path.iterdir()] == ["t.db"]
    assert path.read_bytes() == before


def test_what_a_writer_has_not_yet_merged_is_read(tmp_path: Path) -> None:
    path = made(tmp_path / "t.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (a)")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO t VALUES ('late')")
        writer.commit()
        assert rows_of(open_source(path)) == [("late",)]


def test_damaged_encrypted_and_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = writing.sqlite(tmp_path / "t.db", {"t": [("a",), *[(f"{n:0200}",) for n in range(500)]]})
    data = bytearray(path.read_bytes())
    (tmp_path / "noise.db").write_bytes(data[:16] + bytes(reversed(data[16:])))
    with pytest.raises(InputError, match="cannot be read as a database"):
        open_source(tmp_path / "noise.db")
    data[8192:12288] = b"\xee" * 4096
    (tmp_path / "torn.db").write_bytes(data)
    source = open_source(tmp_path / "torn.db")
    with pytest.raises(InputError, match="cannot be read as a database"):
        rows_of(source)
    monkeypatch.setattr("tegata.tables.sqlite.MAX_CELL", 100)
    with pytest.raises(InputError, match="longer than 16 MiB"):
        rows_of(open_source(path))


def test_a_text_that_is_none(tmp_path: Path) -> None:
    path = made(tmp_path / "t.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (CAST(x'fffe41' AS TEXT))")
    with pytest.raises(InputError, match="not in its encoding"):
        rows_of(open_source(path))


def test_another_table_than_the_one_that_was_opened(tmp_path: Path) -> None:
    path = writing.sqlite(tmp_path / "t.db", {"t": PEOPLE})
    source = open_source(path)
    writing.sqlite(path, {"t": [("other",), ("x",)]})
    with pytest.raises(InputError, match="changed while it was read"):
        rows_of(source)
