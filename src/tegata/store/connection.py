"""Opens SQLite in the one way that we trust, and says its errors in our words."""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from tegata.model.base import t
from tegata.model.errors import StoreError

OLDEST = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode (https://sqlite.org/wal.html, "the WAL-reset bug")."""

_BUSY_MS = 5000


class ConflictError(StoreError):
    """Somebody else was first: the row exists already, or is no longer the version that was read."""

    code = "conflict"


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


def connect(file: Path, *, read_only: bool = False) -> apsw.Connection:
    """A connection that acknowledges only what a power cut cannot take back.

    Raises:
        StoreError: the library is too old, or the file cannot be opened, is not a database, or cannot use WAL.
    """
    check_library(apsw.sqlite_lib_version())
    try:
        return _connect(file, read_only)
    except apsw.Error as error:
        raise translated(error) from error


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
    connection.pragma("foreign_keys", True)
    connection.pragma("mmap_size", 0)  # an I/O error in a map is a signal that kills the process, not an error
    return connection


def translated(error: apsw.Error) -> StoreError:
    """The error of the tree that says what this error of SQLite means to a person."""
    match error:
        case apsw.FullError():
            return StoreError(
                t("nothing was stored", "何も保存されませんでした"),
                why=t("the disk is full", "ディスクがいっぱいです"),
                hint=t("free some space and try again", "空き容量を増やしてやり直してください"),
            )
        case apsw.ConstraintError():
            return ConflictError(t("nothing was stored", "何も保存されませんでした"), why=str(error))
        case apsw.CorruptError() | apsw.NotADBError():
            return StoreError(
                t("the state cannot be read", "状態を読み込めません"),
                why=t(f"the database is damaged: {error}", f"データベースが壊れています: {error}"),
                hint=t("restore the folder from a backup", "バックアップからフォルダーを復元してください"),
            )
        case apsw.IOError():
            return StoreError(
                t("it is not certain that anything was stored", "保存されたかどうか確かではありません"),
                why=t(f"the disk reported an error: {error}", f"ディスクがエラーを返しました: {error}"),
                hint=t("check the disk, then start the node again", "ディスクを確認してからノードを再起動してください"),
            )
        case _:
            return StoreError(t("the state cannot be used", "状態を利用できません"), why=str(error))
