"""Databases that an ADBC driver reads: every table, in one transaction, in batches of Arrow.

An address is `adbc:DRIVER:URI`: DRIVER is the end of the name of an installed package (`adbc-driver-DRIVER`), URI what
that driver takes. No other library is ever loaded. https://arrow.apache.org/adbc/
"""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import adbc_driver_manager as adbc
import nanoarrow
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError, Say
from tegata.model.profile import SourceFormat
from tegata.tables.collection import Collection, Part
from tegata.tables.header import unique_names
from tegata.tables.rows import MAX_CELL, Row, RowDigest, framed
from tegata.tables.source import MAX_COLUMNS, Source, too_many_columns
from tegata.tables.sqlite import quoted
from tegata.tables.typed import text_leaves

_ADDRESS: Final = re.compile(r"adbc:(?P<driver>[a-z][a-z0-9_]{0,40}):(?P<uri>.+)", re.DOTALL)
_ISOLATION: Final = "adbc.connection.transaction.isolation_level"
_LEVELS: Final = ("snapshot", "repeatable_read", "serializable")  # the first that the driver knows
_TABLES: Final = frozenset(("table", "base table", "partitioned table"))  # no views: they may run anything
_INTERNAL: Final = re.compile(r"(?i)information_schema|pg_.*|sys|sqlite_.*")


class _Session:
    """A connection within one transaction; it ends with the last who holds it."""

    def __init__(self, driver: str, uri: str) -> None:
        self._uri, self.shown = uri, f"adbc:{driver}:{_without_password(uri)}"
        package = _package(driver)
        with self.told():
            self._link = adbc.AdbcConnection(package.connect(uri))
            for level in _LEVELS:
                with contextlib.suppress(adbc.Error):
                    self._link.set_options(**{_ISOLATION: f"adbc.connection.transaction.isolation.{level}"})
                    break
            self._link.set_autocommit(False)

    def tables(self) -> list[tuple[str, str]]:
        """Schema ('' for none) and name of each table that is no view and not the system's."""
        with self.told():
            found = pl.DataFrame(self._link.get_objects(adbc.GetObjectsDepth.TABLES)).to_dicts()
        return sorted(
            (schema["db_schema_name"] or "", table["table_name"])
            for catalog in found
            for schema in catalog["catalog_db_schemas"] or ()
            for table in schema["db_schema_tables"] or ()
            if table["table_type"].lower() in _TABLES
            and not _INTERNAL.fullmatch(schema["db_schema_name"] or "")
            and not _INTERNAL.fullmatch(table["table_name"])
        )

    def columns(self, place: str) -> pl.DataFrame:
        """A frame with the columns of a table: its first rows, whose reading settles the moment that is seen."""
        if (first := next(self.frames(place), None)) is not None:
            return first
        with self.told(), contextlib.closing(adbc.AdbcStatement(self._link)) as statement:
            statement.set_sql_query(f"SELECT * FROM {place} WHERE 1 = 0")  # noqa: S608 quoted by us
            return pl.DataFrame(statement.execute_query()[0])

    def frames(self, place: str) -> Iterator[pl.DataFrame]:
        with self.told(), contextlib.closing(adbc.AdbcStatement(self._link)) as statement:
            statement.set_sql_query(f"SELECT * FROM {place}")  # noqa: S608 quoted by us
            for batch in nanoarrow.ArrayStream(statement.execute_query()[0]).iter_chunks():
                yield pl.Series(batch).struct.unnest()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """What goes wrong in the driver, without the password that its words may hold."""
        try:
            yield
        except (adbc.Error, pl.exceptions.PolarsError, OSError, ValueError, RuntimeError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            if password := urlsplit(self._uri).password:
                said = said.replace(password, "***")
            raise _unreadable(self.shown, said) from None


class AdbcSource(Source):
    """One table. Values as the columnar engine writes them, bytes as hexadecimal digits, structures as `a.b`."""

    def __init__(self, session: _Session, schema: str, table: str) -> None:
        self._session = session
        self._place = ".".join(map(quoted, filter(None, (schema, table))))
        self.path = Path(_name(schema, table))
        self.size = 0  # nobody knows
        self.format = SourceFormat(format="adbc", table=_name(schema, table))
        leaves = _leaves(session.columns(self._place))
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
        for frame in self._session.frames(self._place):
            texts = [text.alias(str(place)) for place, (_, text) in enumerate(_leaves(frame))]
            for row in frame.select(texts).iter_rows():
                if any(cell is not None and len(cell) > MAX_CELL for cell in row):
                    raise _unreadable(
                        str(self.path), t("a cell is longer than 16 MiB", "16 MiB を超えるセルがあります")
                    )
                yield row


def adbc_collection(address: str) -> Collection:
    """All tables of a database. InputError: no such driver, it cannot be reached or read, or it holds no table."""
    if not (found := _ADDRESS.fullmatch(address)):
        raise _unreadable(address, t("an address is `adbc:DRIVER:URI`", "アドレスは `adbc:ドライバー:URI` です"))
    session = _Session(found["driver"], found["uri"])
    parts = tuple(
        Part(_name(schema, table), Path(_name(schema, table)), 0, partial(AdbcSource, session, schema, table))
        for schema, table in session.tables()
    )
    if not parts:
        raise InputError(t(f"`{session.shown}` holds no table", f"`{session.shown}` に表がありません"))
    return Collection(session.shown, "adbc", 0, parts)


def _package(driver: str) -> Any:
    try:
        return importlib.import_module(f"adbc_driver_{driver}")
    except ImportError as error:
        raise InputError(
            t(f"there is no ADBC driver `{driver}` here", f"ADBC ドライバー `{driver}` がありません"),
            hint=f"pip install adbc-driver-{driver.replace('_', '-')}",
        ) from error


def _leaves(frame: pl.DataFrame) -> list[tuple[str, pl.Expr]]:
    columns = enumerate(frame.schema.items())
    return [leaf for place, (name, dtype) in columns for leaf in text_leaves(name, pl.nth(place), dtype)]


def _name(schema: str, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _without_password(uri: str) -> str:
    """As it may be shown: without what stands before the host, and without settings."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.netloc else parts._replace(query="").geturl()


def _unreadable(place: str, why: Say) -> InputError:
    return InputError(
        t(f"`{place}` cannot be read", f"`{place}` を読み取れません"),
        why=why,
        hint=t(
            "check the address, and that its user may read all tables that you mean",
            "アドレスと、対象の表を読む権限があるか確認してください",
        ),
    )
