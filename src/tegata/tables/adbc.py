"""Databases that an ADBC driver reads: every table, in one transaction, in batches of Arrow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import adbc_driver_manager as adbc
import nanoarrow
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError, Say
from tegata.model.profile import SourceFormat
from tegata.tables.adbc_link import Link
from tegata.tables.collection import Collection, Part
from tegata.tables.header import unique_names
from tegata.tables.rows import MAX_CELL, Row, RowDigest, framed
from tegata.tables.source import MAX_COLUMNS, Source, too_many_columns
from tegata.tables.sqlite import quoted
from tegata.tables.typed import text_leaves

_ISOLATION: Final = "adbc.connection.transaction.isolation_level"
_LEVELS: Final = ("snapshot", "repeatable_read", "serializable")  # the first that the driver knows


class _Session(Link):
    """What is seen through it is of one moment, as far as the driver knows such a level."""

    def __init__(self, address: str) -> None:
        super().__init__(address, _unreadable)
        for level in _LEVELS:
            with contextlib.suppress(adbc.Error):
                self.connection.set_options(**{_ISOLATION: f"adbc.connection.transaction.isolation.{level}"})
                break
        self.begin()


class Frames(Protocol):
    """The rows of a table, typed as the driver gives them."""

    def first(self) -> pl.DataFrame:
        """A frame with its columns."""

    def all(self) -> Iterator[pl.DataFrame]: ...


class _Table(Frames):
    """In the database."""

    def __init__(self, session: _Session, schema: str, table: str) -> None:
        self._session = session
        self._place = ".".join(map(quoted, filter(None, (schema, table))))

    def first(self) -> pl.DataFrame:
        """Its first rows, whose reading settles the moment that is seen."""
        if (first := next(self.all(), None)) is not None:
            return first
        query = f"SELECT * FROM {self._place} WHERE 1 = 0"  # noqa: S608 quoted by us
        with self._session.told(), self._session.statement(query) as statement:
            return pl.DataFrame(statement.execute_query()[0])

    def all(self) -> Iterator[pl.DataFrame]:
        session, query = self._session, f"SELECT * FROM {self._place}"  # noqa: S608 quoted by us
        with session.told(), session.statement(query) as asked, nanoarrow.ArrayStream(asked.execute_query()[0]) as all:
            for batch in all.iter_chunks():
                yield pl.Series(batch).struct.unnest()


class AdbcSource(Source):
    """One table. Values as the columnar engine writes them, bytes as hexadecimal digits, structures as `a.b`."""

    def __init__(self, frames: Frames, name: str) -> None:
        self.frames = frames
        self.path = Path(name)
        self.size = 0  # nobody knows
        self.format = SourceFormat(format="adbc", table=name)
        leaves = _leaves(frames.first())
        if len(leaves) > MAX_COLUMNS:
            raise too_many_columns(self.path, len(leaves))
        self.columns = unique_names([name for name, _ in leaves])

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        digest = RowDigest(self.columns)
        if progress is not None:
            progress(0, self.size)
        yield from framed(self.columns, digest.over(self._rows()))
        if progress is not None:
            progress(self.size, self.size)
        self._digest = digest.digest

    def _rows(self) -> Iterator[Row]:
        for frame in self.frames.all():
            texts = [text.alias(str(place)) for place, (_, text) in enumerate(_leaves(frame))]
            for row in frame.select(texts).iter_rows():
                if any(cell is not None and len(cell) > MAX_CELL for cell in row):
                    raise _unreadable(
                        str(self.path), t("a cell is longer than 16 MiB", "16 MiB を超えるセルがあります")
                    )
                yield row


def adbc_collection(address: str) -> Collection:
    """All tables of a database. InputError: no such driver, it cannot be reached or read, or it holds no table."""
    session = _Session(address)
    parts = tuple(
        Part(name, Path(name), 0, partial(_opened, session, schema, table, name))
        for schema, table in session.tables()
        for name in [f"{schema}.{table}" if schema else table]
    )
    if not parts:
        raise InputError(t(f"`{session.shown}` holds no table", f"`{session.shown}` に表がありません"))
    return Collection(session.shown, "adbc", 0, parts)


def _leaves(frame: pl.DataFrame) -> list[tuple[str, pl.Expr]]:
    columns = enumerate(frame.schema.items())
    return [leaf for place, (name, dtype) in columns for leaf in text_leaves(name, pl.nth(place), dtype)]


def _opened(session: _Session, schema: str, table: str, name: str) -> AdbcSource:
    return AdbcSource(_Table(session, schema, table), name)


def _unreadable(place: str, why: Say) -> InputError:
    return InputError(
        t(f"`{place}` cannot be read", f"`{place}` を読み取れません"),
        why=why,
        hint=t(
            "check the address, and that its user may read all tables that you mean",
            "アドレスと、対象の表を読む権限があるか確認してください",
        ),
    )
