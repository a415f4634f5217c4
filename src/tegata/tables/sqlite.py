"""SQLite databases: every table of the file, read as it stands and never written to.

A database is somebody else's program: its schema can hold views and triggers that run when they are read. So only plain
tables are read, with the schema not trusted and no cell longer than a record of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import unique_names
from tegata.tables.rows import MAX_CELL, Row, RowDigest, framed
from tegata.tables.source import MAX_COLUMNS, Source, changed, file_size, too_many_columns

_TABLES: Final = (
    "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)
_COLUMNS: Final = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (0, 2, 3)"
_WAIT_MS: Final = 5_000  # for who is just writing


class SqliteSource(Source):
    """One table. Numbers as SQLite writes them, blobs as hexadecimal digits; rows in the order in which they lie."""

    def __init__(self, path: Path, table: str) -> None:
        self.path = path
        self.size = file_size(path)
        self.format = SourceFormat(format="sqlite", table=table)
        with _opened(path) as database:
            self._names = _column_names(database, table)
        if not self._names:
            raise changed(path)
        if len(self._names) > MAX_COLUMNS:
            raise too_many_columns(path, len(self._names))
        self.columns = unique_names(self._names)

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        digest = RowDigest(self._names)
        with _opened(self.path) as database, database:  # one transaction: one state of the table
            if _column_names(database, self.format.table) != self._names:
                raise changed(self.path)
            yield from framed(self.columns, digest.over(self._rows(database, progress)))
        self._digest = digest.digest

    def _rows(self, database: apsw.Connection, progress: Progress | None) -> Iterator[Row]:
        cells = ", ".join(map(_as_text, self._names))
        table = quoted(self.format.table)
        if progress is not None:
            progress(0, self.size)
        yield from database.execute(f"SELECT {cells} FROM {table} NOT INDEXED")  # noqa: S608 quoted by us
        if progress is not None:
            progress(self.size, self.size)


def tables_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of the tables of a database, sorted, and whether each can be read: a virtual one is a program's.

    Raises:
        InputError: the file is damaged, encrypted, locked or no database.
    """
    with _opened(path) as database:
        found = sorted(database.execute(_TABLES))
    yield from ((str(name), kind != "virtual") for name, kind in found if kind != "view")


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    try:
        database = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            database.set_busy_timeout(_WAIT_MS)
            database.limit(apsw.SQLITE_LIMIT_LENGTH, MAX_CELL)
            for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                database.execute(f"PRAGMA {setting}")
            yield database
        finally:
            database.close(True)
    except (apsw.Error, UnicodeDecodeError, OSError) as error:
        raise _unreadable(path, error) from error


def _column_names(database: apsw.Connection, table: str) -> tuple[str, ...]:
    return tuple(str(name) for (name,) in database.execute(_COLUMNS, (table,)))


def quoted(name: str) -> str:
    """A name as SQL writes one that is no word of its own."""
    return '"' + name.replace('"', '""') + '"'


def _as_text(column: str) -> str:
    name = quoted(column)
    return f"CASE typeof({name}) WHEN 'blob' THEN lower(hex({name})) ELSE CAST({name} AS TEXT) END"


def _unreadable(path: Path, error: Exception) -> InputError:
    why = {
        apsw.NotADBError: t("it is encrypted or damaged", "暗号化されているか壊れています"),
        apsw.BusyError: t("another program is writing to it", "別のプログラムが書き込み中です"),
        apsw.TooBigError: t("a cell is longer than 16 MiB", "16 MiB を超えるセルがあります"),
        UnicodeDecodeError: t("a text is not in its encoding", "文字コードどおりに読めない文字列があります"),
    }.get(type(error), str(error))
    return InputError(
        t(f"`{path}` cannot be read as a database", f"`{path}` をデータベースとして読み取れません"),
        why=why,
        hint=t(
            "export its tables as CSV, or copy the database when nothing writes to it",
            "表を CSV に書き出すか、書き込みのないときにデータベースを複製してください",
        ),
    )
