"""SQLite, opened in the one way that we trust."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.store.connection import Value, conflict, damaged, disk_error, full

OLDEST = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode (https://sqlite.org/wal.html, "the WAL-reset bug")."""

_BUSY_MS = 5000


class SqliteConnection:
    """A connection that acknowledges only what a power cut cannot take back.

    Raises:
        StoreError: the library is too old, or the file cannot be opened, is not a database, or cannot use WAL.
    """

    group = 256  # bounds how long the first of them waits for the last

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        check_library(apsw.sqlite_lib_version())
        self._broken: apsw.Error | None = None
        try:
            self.raw = _connect(file, read_only)
        except apsw.Error as error:
            raise translated(error) from error

    @property
    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def begin(self, *, write: bool) -> None:
        """After an I/O error nothing more is written: a kernel may forget the pages whose sync failed and report the
        next sync as done (https://wiki.postgresql.org/wiki/Fsync_Errors)."""
        if write and self._broken is not None:
            raise translated(self._broken)
        self.script("BEGIN IMMEDIATE" if write else "BEGIN")

    def commit(self) -> None:
        self.script("COMMIT")

    def rollback(self) -> None:
        if self.raw.in_transaction:
            self.script("ROLLBACK")

    def execute(self, text: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        try:
            return self.raw.execute(text, values).fetchall()
        except apsw.Error as error:
            if isinstance(error, apsw.IOError | apsw.CorruptError):
                self._broken = error.with_traceback(None)
            raise translated(error) from error

    def script(self, text: str) -> None:
        self.execute(text)

    def define(self, text: str) -> None:
        self.execute(text)

    def close(self) -> None:
        self.raw.close()


def check_library(version: str) -> None:
    """Refuses an SQLite that can lose what it has acknowledged.

    Raises:
        StoreError: `version` ("3.40.1") is older than `OLDEST`.
    """
    if tuple(int(part) for part in version.split(".")) >= OLDEST:
        return
    oldest = ".".join(str(part) for part in OLDEST)
    raise StoreError(
        t(f"SQLite `{version}` cannot be trusted with the state", f"SQLite `{version}` には状態を任せられません"),
        why=t(
            f"releases before {oldest} can corrupt a database in write-ahead mode",
            f"{oldest} より前の版は先行書き込み方式でデータベースを壊すことがあります",
        ),
        hint=t(
            "install the locked dependencies again: the `apsw` wheel carries its own SQLite",
            "固定された依存パッケージを入れ直してください。`apsw` は自前の SQLite を含みます",
        ),
    )


def translated(error: apsw.Error) -> StoreError:
    """The error of the tree that says what this error of SQLite means to a person."""
    match error:
        case apsw.FullError():
            return full()
        case apsw.ConstraintError():
            return conflict(error)
        case apsw.CorruptError() | apsw.NotADBError():
            return damaged(error)
        case apsw.IOError():
            return disk_error(error)
        case _:
            return StoreError(t("the state cannot be used", "状態を利用できません"), why=str(error))


def _connect(file: Path, read_only: bool) -> apsw.Connection:
    if not read_only:
        os.close(os.open(file, os.O_CREAT | os.O_CLOEXEC, 0o600))  # WAL and index files inherit these rights
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
    connection = apsw.Connection(str(file), flags=flags)
    connection.set_busy_timeout(_BUSY_MS)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    if not read_only and connection.pragma("journal_mode", "wal") != "wal":
        raise StoreError(
            t(f"`{file}` cannot be kept in write-ahead mode", f"`{file}` を先行書き込み方式で保存できません"),
            why=t("its file system has no shared memory maps", "ファイルシステムが共有メモリに対応していません"),
            hint=t("keep the folder on a local disk", "フォルダーをローカルディスクに置いてください"),
        )
    connection.pragma("synchronous", "full")  # NORMAL loses acknowledged rows at a power cut
    connection.pragma("secure_delete", "fast")  # what an erasure replaces is overwritten, not only let go
    connection.pragma("foreign_keys", True)
    connection.pragma("mmap_size", 0)  # an I/O error in a map is a signal that kills the process, not an error
    return connection
