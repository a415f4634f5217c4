"""PostgreSQL databases: every table that the user of the address may read, in one snapshot, without a lock on anything.

The address is the user's own (`postgresql://user@host/database`). Its password is nowhere shown, and need not stand in
it: the driver asks PGPASSWORD and ~/.pgpass too.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import asyncpg
import polars as pl

from tegata.model.base import Progress, t
from tegata.model.errors import InputError, Say
from tegata.model.profile import SourceFormat, Unread
from tegata.tables.collection import Collection, Part
from tegata.tables.header import unique_names
from tegata.tables.rows import FRAME_BYTES, MAX_CELL, Row, RowDigest, framed
from tegata.tables.source import MAX_COLUMNS, Source, too_many_columns
from tegata.tables.sqlite import quoted

T = TypeVar("T")

# A role that row security restricts is refused, not shown less. Rows come as they lie: one session, no parallel plan.
_SETTINGS: Final = {
    "application_name": "tegata",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "row_security": "off",
    "synchronize_seqscans": "off",
    "max_parallel_workers_per_gather": "0",
    "lock_timeout": "5s",
    "search_path": "pg_catalog",
}
_CONNECT_SECONDS: Final = 15
_MOST_ROWS: Final = 10_000  # that are fetched at a time
_TABLES: Final = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, pg_table_size(c.oid) AS size,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS columns,
       coalesce((SELECT array_agg(a.atttypid = 'bytea'::regtype ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
"""


class _Session:
    """A connection within one transaction that sees the state of its beginning; it ends with the last who holds it.

    Pickled, it is one of its own where it is unpickled, which sees the very same state as long as this one lasts.

    Args:
        snapshot: the state that another one has exported; "" for the state that there is now.
    """

    def __init__(self, url: str, snapshot: str = "") -> None:
        self._url, self.shown = url, without_password(url)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=_serve, args=(self._loop,), name="postgresql", daemon=True).start()
        links: list[asyncpg.Connection] = []
        weakref.finalize(self, _end, self._loop, links)
        self._link = self._ask(
            asyncpg.connect(url, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS, statement_cache_size=0)
        )
        links.append(self._link)
        self._ask(self._link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        if snapshot:
            self._ask(self._link.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
        self._snapshot = snapshot or self._ask(self._link.fetchval("SELECT pg_export_snapshot()"))

    def __reduce__(self) -> tuple[type[_Session], tuple[str, str]]:
        return _Session, (self._url, self._snapshot)

    def tables(self) -> Sequence[dict[str, Any]]:
        return [dict(table) for table in self._ask(self._link.fetch(_TABLES))]

    def rows(self, query: str) -> Iterator[Row]:
        """In pieces of some megabytes, however long the rows are. What fails is undone, and the snapshot stays."""
        self._ask(self._link.execute("SAVEPOINT reading"))
        try:
            cursor, rows = self._ask(self._cursor(query)), 16
            while found := self._ask(cursor.fetch(rows)):
                yield from map(tuple, found)
                size = sum(len(cell) for row in found for cell in row if cell)
                rows = max(1, rows // 2) if 4 * size > FRAME_BYTES else min(_MOST_ROWS, 2 * rows)
        finally:
            with contextlib.suppress(InputError):
                self._ask(self._link.execute("ROLLBACK TO SAVEPOINT reading"))

    async def _cursor(self, query: str) -> Any:
        return await self._link.cursor(query)

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(question, self._loop).result()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError, TimeoutError) as error:
            raise self._failed(error) from None  # what the driver says may hold the address

    def _failed(self, error: Exception) -> InputError:
        said = str(error) or type(error).__name__
        if password := urlsplit(self._url).password:
            said = said.replace(self._url, self.shown).replace(password, "***")
        return _unreadable(self.shown, said)


class PostgresSource(Source):
    """One table. Values as PostgreSQL writes them, bytes as hexadecimal digits; rows as they lie."""

    def __init__(self, session: _Session, table: dict[str, Any]) -> None:
        self._session, self._table = session, table
        name = f"{table['schema']}.{table['name']}"
        self.path = Path(name)
        self.size = table["size"]
        self.format = SourceFormat(format="postgresql", table=name)
        if len(table["columns"]) > MAX_COLUMNS:
            raise too_many_columns(self.path, len(table["columns"]))
        self.columns = unique_names(table["columns"])

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        digest = RowDigest(self.columns)
        if progress is not None:
            progress(0, self.size)
        yield from framed(self.columns, digest.over(map(self._bounded, self._session.rows(self._query()))))
        if progress is not None:
            progress(self.size, self.size)
        self._digest = digest.digest

    def _query(self) -> str:
        """All rows of this table alone: what inherits from it is a table of its own, a partition is not."""
        cells = ", ".join(map(_as_text, self._table["columns"], self._table["bytes"]))
        place = f"{quoted(self._table['schema'])}.{quoted(self._table['name'])}"
        return f"SELECT {cells} FROM {'' if self._table['kind'] == 'p' else 'ONLY '}{place}"  # noqa: S608 quoted by us

    def _bounded(self, row: Row) -> Row:
        if any(cell is not None and len(cell) > MAX_CELL for cell in row):
            raise _unreadable(str(self.path), t("a cell is longer than 16 MiB", "16 MiB を超えるセルがあります"))
        return row


def postgres_collection(url: str) -> Collection:
    """All tables of a database. Raises InputError: it cannot be reached or read, or holds none."""
    session = _Session(url)
    parts: list[Part] = []
    unread: list[Unread] = []
    for table in session.tables():
        name = f"{table['schema']}.{table['name']}"
        if not table["columns"]:
            continue
        if table["kind"] == "f":
            unread.append(Unread(name=name, why=t("a foreign table: its data lies elsewhere", "外部テーブルです")))
        elif not table["readable"]:
            unread.append(Unread(name=name, why=t("no permission to read it", "読む権限がありません")))
        else:
            parts.append(Part(name, Path(name), table["size"], partial(PostgresSource, session, table)))
    if not parts and not unread:
        raise InputError(t(f"`{session.shown}` holds no table", f"`{session.shown}` に表がありません"))
    size = sum(part.size for part in parts)
    return Collection(session.shown, "postgresql", size, tuple(parts), tuple(unread))


def without_password(url: str) -> str:
    """An address as it may be shown: without password and settings."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.netloc.rpartition(':')[2]}" if parts.netloc.rpartition(":")[2].isdecimal() else ""
    return f"postgresql://{user}{parts.hostname or ''}{port}{parts.path}"


def _as_text(column: str, is_bytes: bool) -> str:
    name = quoted(column)
    text = f"encode({name}, 'hex')" if is_bytes else f"{name}::text"
    return f"left({text}, {MAX_CELL + 1})"


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """The driver runs on a thread of its own: who reads may be anywhere, and so may be what clears up."""
    loop.run_forever()
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, links: Sequence[asyncpg.Connection]) -> None:
    """Nobody reads any more: the server forgets the snapshot."""

    def stop() -> None:
        for link in links:
            link.terminate()
        loop.call_soon(loop.stop)  # once the transport is closed

    loop.call_soon_threadsafe(stop)


def _unreadable(place: str, why: Say) -> InputError:
    return InputError(
        t(f"`{place}` cannot be read", f"`{place}` を読み取れません"),
        why=why,
        hint=t(
            "check the address, and that its user may read all rows of all tables that you mean",
            "アドレスと、対象の表のすべての行を読む権限があるか確認してください",
        ),
    )
