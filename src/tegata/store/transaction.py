"""What the functions of the nouns get: one consistent view in which they run named queries, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import apsw

from tegata.store.connection import translated
from tegata.store.sql import queries

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Value = None | int | str | bytes


class Transaction:
    """Runs named queries inside a transaction that its giver begins and ends.

    Guarded writes tell by `RETURNING` whether they took place: each driver counts affected rows in its own way.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: Value) -> list[tuple[Any, ...]]:
        """All rows of the named query.

        Raises:
            ConflictError: a unique key or reference does not allow it.
            StoreError: the disk is full or broken.
        """
        try:
            return self._connection.execute(queries()[query], values).fetchall()
        except apsw.Error as error:
            raise translated(error) from error

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
