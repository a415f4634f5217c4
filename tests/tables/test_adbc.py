"""Databases through ADBC: what the drivers of others give, as text; SQLite and PostgreSQL stand for all."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tegata.apart import Apart
from tegata.catalog.places import Places
from tegata.model.errors import InputError, StoreError
from tegata.outbound import Outbound, OutboundPolicy
from tegata.tables import Collection, copy_collection, open_collection
from tests.postgres import Server
from tests.tables.contract import PEOPLE, rows_of
from tests.tables.test_postgres import Database
from tests.test_apart import until

pytest.importorskip("adbc_driver_sqlite", reason="the ADBC driver for SQLite is not installed")
from tegata.tables import adbc_copy


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


def kinds(file: Path) -> str:
    """Tables of every kind that a driver gives, one of them empty."""
    return made(
        file,
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE v (n INTEGER, r REAL, b BLOB, x TEXT)",
        "INSERT INTO v VALUES (1, 0.5, x'00ff', ''), (-2, NULL, NULL, 'あ'), (3, 1e300, x'', 'c')",
        "CREATE TABLE w (x TEXT)",
    )


def test_a_copy_is_what_was_there_under_the_same_digest(tmp_path: Path) -> None:
    """And frees the database, which goes on meanwhile."""
    address = kinds(tmp_path / "t.db")
    direct, copy = open_collection(address), copy_collection(address, tmp_path / "copy", 1 << 20)
    assert (copy.name, copy.format) == (direct.name, direct.format)
    for one, other in zip(direct.parts, copy.parts, strict=True):
        source, copied = one.open(), other.open()
        assert (one.name, source.columns, rows_of(source)) == (other.name, copied.columns, rows_of(copied))
        assert source.digest == copied.digest
    made(tmp_path / "t.db", "DELETE FROM v")
    assert len(rows_of(copy.parts[0].open())) == 3
    assert 50 < copy.size == sum(part.size for part in copy.parts) < 500
    del direct, one, source
    gc.collect()
    only = copy_collection(f"{address}#w", tmp_path / "one", 1 << 20)
    assert [part.name for part in only.parts] == ["w"]


def test_a_copy_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="more than this node takes"):
        copy_collection(kinds(tmp_path / "t.db"), tmp_path / "copy", 50)


def test_frames_of_a_copy_are_of_some_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adbc_copy, "_BLOCK", 1000)
    address = made(tmp_path / "t.db", "CREATE TABLE v (n INTEGER)", f"INSERT INTO v VALUES {','.join(['(7)'] * 5000)}")
    copy = copy_collection(address, tmp_path / "copy", 1 << 20)
    assert len(list((tmp_path / "copy" / "0").iterdir())) > 1
    assert rows_of(copy.parts[0].open()) == [("7",)] * 5000


async def test_a_node_copies_in_another_process_and_lets_go(tmp_path: Path) -> None:
    file, outbound = tmp_path / "t.db", Outbound(OutboundPolicy())
    found = await Places(outbound, 1 << 20, Apart()).open(kinds(file))
    assert another_process_writes(file)
    assert await Apart(least=0).do(0, _heights, found) == [3, 0]
    folder = _folder(found)
    assert folder.is_dir()
    del found
    gc.collect()
    await until(lambda: not folder.exists())
    with pytest.raises(InputError, match="no ADBC driver"):
        await Places(outbound, 1 << 20, Apart()).open("adbc:nothing_there:x")
    await outbound.close()


def _folder(found: Collection) -> Path:
    source = found.parts[0].open()
    assert isinstance(source, adbc_copy.AdbcSource)
    assert isinstance(source.frames, adbc_copy._Files)
    return source.frames.files[0].parents[1]


def _heights(found: Collection) -> list[int]:
    return [len(rows_of(part.open())) for part in found.parts]


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
