"""What errors of PostgreSQL mean to a person, and which servers are not trusted."""

from __future__ import annotations

from typing import Final

from asyncpg import exceptions as pg

from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.store.connection import UnavailableError, UncertainError, conflict, damaged, disk_error, full

OLDEST: Final = 150000
"""The oldest PostgreSQL that this is tested with, as `server_version_num`: that of Debian 12."""

LOST: Final = (
    OSError,
    TimeoutError,
    pg.PostgresConnectionError,
    pg.ConnectionDoesNotExistError,
    pg.AdminShutdownError,
    pg.CrashShutdownError,
    pg.CannotConnectNowError,
    pg.IdleInTransactionSessionTimeoutError,
    pg.IdleSessionTimeoutError,
    pg.InternalClientError,
)
"""The session is gone, or never came to be."""

_PASSING: Final = (
    pg.LockNotAvailableError,
    pg.DeadlockDetectedError,
    pg.SerializationError,
    pg.QueryCanceledError,
    pg.TooManyConnectionsError,
    pg.OutOfMemoryError,
    pg.InFailedSQLTransactionError,
)


def check_server(version: int, encoding: str, fsync: str, *_: object) -> None:
    """Refuses a server that can lose what it has acknowledged, or change what it is given.

    Raises:
        StoreError: it is older than `OLDEST`, keeps texts in another encoding than UTF-8, or does not sync.
    """
    if version < OLDEST:
        raise _untrusted(
            f"its version is {version // 10000}, and {OLDEST // 10000} is needed",
            f"版が {version // 10000} です。{OLDEST // 10000} 以降が必要です",
        )
    if encoding != "UTF8":
        raise _untrusted(f"it keeps texts as {encoding}, not UTF8", f"文字コードが UTF8 ではなく {encoding} です")
    if fsync != "on":
        raise _untrusted("its setting `fsync` is off", "設定 `fsync` が off です")


def translated(error: Exception) -> StoreError:
    """The error of the tree that says what this error of PostgreSQL means to a person."""
    match error:
        case pg.IntegrityConstraintViolationError():
            return conflict(error)
        case pg.DiskFullError():
            return full()
        case pg.DataCorruptedError() | pg.IndexCorruptedError():
            return damaged(error)
        case pg.PostgresIOError():
            return disk_error(error)
        case _ if isinstance(error, _PASSING):
            return unavailable(str(error))
        case pg.InvalidPasswordError() | pg.InvalidAuthorizationSpecificationError() | pg.InvalidCatalogNameError():
            return StoreError(
                t("the database does not let us in", "データベースに接続できません"),
                why=str(error),
                hint=t("check `database` in node.yaml", "node.yaml の `database` を確認してください"),
            )
        case _:
            return StoreError(t("the state cannot be used", "状態を利用できません"), why=str(error))


def unavailable(why: str) -> StoreError:
    return UnavailableError(
        t("nothing was stored", "何も保存されませんでした"),
        why=t(f"the database is not available: {why}", f"データベースを利用できません: {why}"),
        hint=t("try again; check the server if it goes on", "やり直してください。続く場合はサーバーを確認してください"),
    )


def uncertain() -> StoreError:
    return UncertainError(
        t("it is not certain that anything was stored", "保存されたかどうか確かではありません"),
        why=t(
            "the connection was lost during the commit, and the database cannot be asked",
            "確定の途中で接続が失われ、データベースに確認できません",
        ),
        hint=t("look at what is stored before trying again", "やり直す前に保存内容を確認してください"),
    )


def _untrusted(en: str, ja: str) -> StoreError:
    return StoreError(
        t("this PostgreSQL cannot be trusted with the state", "この PostgreSQL には状態を任せられません"),
        why=t(en, ja),
        hint=t("see docs/how-to/run-on-postgresql.md", "docs/how-to/run-on-postgresql.md を見てください"),
    )
