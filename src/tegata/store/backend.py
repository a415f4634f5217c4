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
_NOBODY: frozenset[str] = frozenset()
_SCHEMES = ("postgresql", "postgres")


@dataclass
class Backend:
    """Connections that are opened and not yet used.

    Args:
        alive: owners of other openings that exist now.
        listen: begins to listen for other writers; None where there can be none.
    """

    writer: Connection
    readers: Sequence[Connection]
    alive: frozenset[str] = _NOBODY
    listen: Callable[[Callable[[], None]], Any] | None = None
    _watchers: list[Callable[[], None]] = field(default_factory=list)
    _listener: Any = None

    def watch(self, heard: Callable[[], None]) -> None:
        self._watchers.append(heard)
        if self.listen is not None and self._listener is None:
            self._listener = self.listen(self._heard)

    def close(self) -> None:
        """Stops listening; the connections are their users' to close."""
        if self._listener is not None:
            self._listener.close()

    def _heard(self) -> None:
        for watcher in self._watchers:
            watcher()


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

    def prepare() -> frozenset[str]:
        alive = writer.prepare()
        migrate(writer, migrations())
        return alive

    try:
        alive = apart(prepare)
    except BaseException:
        writer.close()
        raise
    readers = [PostgresConnection(url) for _ in range(_READERS)]
    return Backend(writer, readers, alive, lambda heard: Listener(url, owner, heard))
