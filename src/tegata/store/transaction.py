"""What the functions of the nouns get: one consistent view in which they run named queries, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from tegata.model.base import t
from tegata.model.errors import InputError, StoreError
from tegata.store.connection import Connection, Value
from tegata.store.sql import queries

T = TypeVar("T")

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Transaction:
    """Runs named queries inside a transaction that its giver begins and ends.

    Guarded writes tell by `RETURNING` whether they took place: each driver counts affected rows in its own way.
    Work that met an error of a query must not go on: PostgreSQL would take nothing more of it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.afterwards: list[Callable[[], None]] = []

    def after(self, call: Callable[[], None]) -> None:
        """Has `call` made in the event loop once all this is durable; never when it is not."""
        self.afterwards.append(call)

    def attempt(self, work: Callable[[], T]) -> T:
        """Runs a part of the work; what it raises undoes its writes only, and goes on to the caller.

        Not for errors of queries: after one of these nothing more may be done.
        """
        told = len(self.afterwards)
        self._connection.script("SAVEPOINT attempt")
        try:
            value = work()
        except StoreError:
            raise
        except Exception:
            self._connection.script("ROLLBACK TO attempt; RELEASE attempt")
            del self.afterwards[told:]
            raise
        self._connection.script("RELEASE attempt")
        return value

    def rows(self, query: str, *values: Value) -> list[tuple[Any, ...]]:
        """All rows of the named query.

        Raises:
            ConflictError: a unique key or reference does not allow it.
            InputError: a text holds U+0000, which PostgreSQL cannot keep.
            StoreError: the disk is full or broken, or the database is gone.
        """
        for value in values:
            if type(value) is str and "\0" in value:
                raise InputError(t("a text holds the character U+0000", "文字 U+0000 を含む文字列があります"))
        return self._connection.execute(queries()[query], values)

    def row(self, query: str, *values: Value) -> tuple[Any, ...] | None:
        """The first row, None when there is none."""
        return next(iter(self.rows(query, *values)), None)

    def value(self, query: str, *values: Value) -> Any:
        """The first column of the first row, None when there is none."""
        row = self.row(query, *values)
        return row[0] if row else None


def micros(at: dt.datetime) -> int:
    """Microseconds since 1970 in UTC: how times are kept, so that they compare alike in every database."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def from_micros(at: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=at)
