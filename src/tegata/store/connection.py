"""One connection to a database, whichever it is, and what can go wrong on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tegata.model.base import t
from tegata.model.errors import StoreError

Value = None | int | str | bytes


class ConflictError(StoreError):
    """Somebody else was first: the row exists already, or is no longer the version that was read."""

    code = "conflict"


class UnavailableError(StoreError):
    """The database cannot be reached or is busy. Nothing was stored, and trying again may help."""


class UncertainError(StoreError):
    """The connection was lost, or the disk failed, while the database committed: what is found there later decides.
    Whoever tries again must look first at what is stored."""


class Connection(Protocol):
    """Used by one thread at a time. Every method raises errors of the tree, and none of the driver.

    A transaction that writes is alone: until it ends no other one, of this process or another, begins. So each sees all
    that the ones before it have done, as if there were one writer.
    """

    group: int
    """How many callers may share a transaction."""

    @property
    def in_transaction(self) -> bool:
        """False also when the database itself has ended the transaction, by an error or because it is gone."""
        ...

    def begin(self, *, write: bool) -> None:
        """Begins a transaction: one that is alone, or one that only reads and sees one state."""
        ...

    def commit(self) -> None:
        """Returns once the transaction is durable.

        Raises:
            UncertainError: it may be or not; in every other error it is not.
        """
        ...

    def rollback(self) -> None:
        """Ends the transaction without effect; nothing when there is none."""
        ...

    def execute(self, text: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement.

        Raises:
            ConflictError: a unique key or reference does not allow it.
        """
        ...

    def script(self, text: str) -> None:
        """Several statements without values."""
        ...

    def define(self, text: str) -> None:
        """A step of the schema, written in the words of SQLite."""
        ...

    def close(self) -> None: ...


def full() -> StoreError:
    return StoreError(
        t("nothing was stored", "何も保存されませんでした"),
        why=t("the disk is full", "ディスクがいっぱいです"),
        hint=t("free some space and try again", "空き容量を増やしてやり直してください"),
    )


def damaged(error: Exception) -> StoreError:
    return StoreError(
        t("the state cannot be read", "状態を読み込めません"),
        why=t(f"the database is damaged: {error}", f"データベースが壊れています: {error}"),
        hint=t("restore it from a backup", "バックアップから復元してください"),
    )


def disk_error(error: Exception) -> StoreError:
    """A commit whose sync failed may be found in the log of the database at the next start."""
    return UncertainError(
        t("it is not certain that anything was stored", "保存されたかどうか確かではありません"),
        why=t(f"the disk reported an error: {error}", f"ディスクがエラーを返しました: {error}"),
        hint=t("check the disk, then start the node again", "ディスクを確認してからノードを再起動してください"),
    )


def conflict(error: Exception) -> StoreError:
    return ConflictError(t("nothing was stored", "何も保存されませんでした"), why=str(error))


def closed() -> StoreError:
    return StoreError(t("the store is closed", "ストアは閉じられています"))
