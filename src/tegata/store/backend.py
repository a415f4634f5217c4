"""Which database: its connections, and how word of other writers comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tegata.model.base import t
from tegata.model.errors import StoreError, UsageError
from tegata.store.connection import Connection
from tegata.store.migrate import migrate
from tegata.store.sql import migrations
from tegata.store.sqlite import SqliteConnection

_READERS = 2
_SCHEMES = ("postgresql", "postgres")


@dataclass
class Backend:
    """Connections that are opened and not yet used. `listen` begins to listen for other writers."""

    writer: Connection
    readers: Sequence[Connection]
    listen: Callable[[Callable[[], None]], Any] | None = None  # None where nobody else can write
    _listeners: list[Any] = field(default_factory=list)

    def watch(self, heard: Callable[[], None]) -> None:
        if self.listen is not None:
            self._listeners.append(self.listen(heard))

    def close(self) -> None:
        """Stops listening; the connections are their users' to close."""
        for listener in self._listeners:
            listener.close()


def open_backend(folder: Path, database: str, owner: str) -> Backend:
    """Opens the database, with the schema of this code.

    Raises:
        StoreError: it cannot be opened, reached or trusted, or newer code wrote it.
        UsageError: `database` is not an address of this kind.
    """
    if not database:
        return _sqlite(folder / "state.sqlite3")
    if urlsplit(database).scheme not in _SCHEMES:
        raise UsageError(
            t("`database` is not the address of a database", "`database` がデータベースのアドレスではありません"),
            hint=t("write postgresql://user@host/name", "postgresql://user@host/name の形で書きます"),
        )
    return _postgres(database, owner)


def _sqlite(file: Path) -> Backend:
    writer = SqliteConnection(file)
    try:
        migrate(writer, migrations())
        return Backend(writer, [SqliteConnection(file, read_only=True) for _ in range(_READERS)])
    except BaseException:
        writer.close()
        raise


def _postgres(url: str, owner: str) -> Backend:
    try:  # imported here: who keeps state in a folder needs no driver
        from tegata.store.listener import Listener
        from tegata.store.postgres import PostgresConnection, apart
    except ImportError:
        raise StoreError(
            t("the driver for PostgreSQL is not installed", "PostgreSQL のドライバーがありません"),
            hint=t("install it with `pip install 'tegata[postgres]'`", "`pip install 'tegata[postgres]'` で入れます"),
        ) from None
    writer = PostgresConnection(url, owner)

    def prepare() -> None:
        writer.prepare()
        migrate(writer, migrations())

    try:
        apart(prepare)
    except BaseException:
        writer.close()
        raise
    readers = [PostgresConnection(url) for _ in range(_READERS)]
    return Backend(writer, readers, lambda heard: Listener(url, owner, heard))
