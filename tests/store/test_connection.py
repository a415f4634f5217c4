"""The database is opened as it must be, or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import apsw
import pytest

from tegata.model.errors import StoreError
from tegata.store import Store
from tegata.store.sqlite import SqliteConnection, check_library


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0", "2.8.17"])
def test_a_library_that_can_corrupt_is_refused(version: str) -> None:
    with pytest.raises(StoreError, match=r"install the locked dependencies"):
        check_library(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "3.100.0", "4.0.0", apsw.sqlite_lib_version()])
def test_a_later_library_is_fine(version: str) -> None:
    check_library(version)


def test_an_old_library_is_refused_when_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.40.1")
    with pytest.raises(StoreError, match=r"SQLite `3\.40\.1`"):
        Store.open(tmp_path)


def test_settings_of_a_connection(tmp_path: Path) -> None:
    connection = SqliteConnection(tmp_path / "a").raw
    settings = {name: connection.pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size")}
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0}
    assert connection.pragma("busy_timeout") == 5000
    connection.close()


async def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "state")
    await store.write(lambda tx: None)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state").iterdir()}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert {"state.sqlite3", "state.sqlite3-wal", "state.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    store.close()


def test_what_is_not_a_database_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite3"
    file.write_bytes(b"something else\n" * 100)
    for _ in range(2):  # the folder is not locked by the one that failed
        with pytest.raises(StoreError, match="the database is damaged"):
            Store.open(tmp_path)
    assert file.read_bytes() == b"something else\n" * 100


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="cannot be used as a store"):
            Store.open(folder)
