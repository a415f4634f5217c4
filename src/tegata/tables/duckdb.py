"""DuckDB databases: every table of the file, read only and shut off from everything outside of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import unique_names
from tegata.tables.rows import MAX_CELL, Row, RowDigest, framed
from tegata.tables.source import MAX_COLUMNS, Source, changed, file_size, too_many_columns
from tegata.tables.sqlite import quoted

# A database may hold macros and views that read files or load code: none of it is run, and nothing could be reached.
_SHUT: Final = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
    "memory_limit": "512MB",
    "threads": "2",
    "preserve_insertion_order": "true",
}
_ROWS: Final = 2_048  # that are fetched at a time
_TABLES: Final = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
_COLUMNS: Final = (
    "SELECT column_name, data_type = 'BLOB' FROM duckdb_columns()"
    " WHERE NOT internal AND schema_name = ? AND table_name = ? ORDER BY column_index"
)

Columns = tuple[tuple[str, bool], ...]  # name, and whether it holds bytes


class DuckdbSource(Source):
    """One table. Values as DuckDB writes them, blobs as hexadecimal digits; rows in the order in which they lie."""

    def __init__(self, path: Path, schema: str, table: str) -> None:
        self.path = path
        self.size = file_size(path)
        self.format = SourceFormat(format="duckdb", table=table_name(schema, table))
        self._schema, self._table = schema, table
        with _opened(path) as database:
            self._held = _columns(database, schema, table)
        if len(self._held) > MAX_COLUMNS:
            raise too_many_columns(path, len(self._held))
        self.columns = unique_names([name for name, _ in self._held])

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        digest = RowDigest(self.columns)
        with _opened(self.path) as database:
            if _columns(database, self._schema, self._table) != self._held:
                raise changed(self.path)
            if progress is not None:
                progress(0, self.size)
            yield from framed(self.columns, digest.over(self._rows(database)))
            if progress is not None:
                progress(self.size, self.size)
        self._digest = digest.digest

    def _rows(self, database: duckdb.DuckDBPyConnection) -> Iterator[Row]:
        cells = ", ".join(_as_text(name, is_bytes) for name, is_bytes in self._held)
        place = f"{quoted(self._schema)}.{quoted(self._table)}"
        result = database.execute(f"SELECT {cells} FROM {place}")  # noqa: S608 quoted by us
        while rows := result.fetchmany(_ROWS):
            for row in rows:
                if any(cell is not None and len(cell) > MAX_CELL for cell in row):
                    raise _unreadable(self.path, t("a cell is longer than 16 MiB", "16 MiB を超えるセルがあります"))
                yield row


def tables_of(path: Path) -> list[tuple[str, str]]:
    """Schema and name of every table. InputError: damaged, encrypted, in use, or of another version of DuckDB."""
    with _opened(path) as database:
        return [(str(schema), str(name)) for schema, name in database.execute(_TABLES).fetchall()]


def table_name(schema: str, table: str) -> str:
    return table if schema == "main" else f"{schema}.{table}"


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, Any] = dict(_SHUT)
    try:
        with duckdb.connect(str(path.absolute()), read_only=True, config=config) as database:
            yield database
    except (duckdb.Error, OSError, UnicodeError) as error:
        why = str(error).splitlines()[0]
        raise _unreadable(path, t(why, why)) from error


def _columns(database: duckdb.DuckDBPyConnection, schema: str, table: str) -> Columns:
    return tuple((str(name), bool(flag)) for name, flag in database.execute(_COLUMNS, [schema, table]).fetchall())


def _as_text(column: str, is_bytes: bool) -> str:
    name = quoted(column)
    return f"lower(hex({name}))" if is_bytes else f"CAST({name} AS VARCHAR)"


def _unreadable(path: Path, why: Any) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as a DuckDB database", f"`{path}` を DuckDB データベースとして読み取れません"),
        why=why,
        hint=t(
            "export its tables as Parquet, or copy the database when nothing writes to it",
            "表を Parquet に書き出すか、書き込みのないときにデータベースを複製してください",
        ),
    )
