"""The store of one node: a folder with one SQLite database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from tegata.durable import sync
from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.store.connection import connect
from tegata.store.lock import FolderLock
from tegata.store.migrate import migrate
from tegata.store.readers import Readers
from tegata.store.sql import migrations
from tegata.store.transaction import Transaction
from tegata.store.writer import Writer

T = TypeVar("T")

_READERS = 2


class Store:
    """Durable state. Work is a function of a `Transaction`; it must be quick, and it must not wait for anything.

    Open it with `Store.open`, and close it: `close` writes what is queued.
    """

    def __init__(self, lock: FolderLock, writer: Writer, readers: Readers) -> None:
        self._lock = lock
        self._writer = writer
        self._readers = readers

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens the store in `folder`, which is made when it is missing, and brings its schema up to date.

        Raises:
            StoreError: another process has it open, the disk is full or broken, or newer code wrote it.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(folder.parent)
            lock = FolderLock(folder / "state.lock")
        except OSError as error:
            raise StoreError(
                t(f"`{folder}` cannot be used as a store", f"`{folder}` をストアとして使えません"),
                why=error.strerror or str(error),
                hint=t("choose a folder that you may write to", "書き込めるフォルダーを選んでください"),
            ) from error
        try:
            return cls(lock, *_connections(folder / "state.sqlite3"))
        except BaseException:
            lock.release()
            raise

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction and returns its value once that is durable.

        What `work` raises undoes its writes and is raised here. A caller that is cancelled cannot know whether the
        writes took place.

        Raises:
            StoreError: nothing is claimed to be stored: the disk is full or broken, or the store is closed.
        """
        return await asyncio.wrap_future(self._writer.submit(work))

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` over one consistent state that holds at least all that was acknowledged before the call."""
        return await asyncio.wrap_future(self._readers.submit(work))

    @property
    def commits(self) -> int:
        """Durable commits since opening; fewer than writes when callers came together."""
        return self._writer.commits

    def close(self) -> None:
        """Writes what is queued, then lets go of the folder. The store cannot be used afterwards."""
        self._readers.close()
        self._writer.close()
        self._lock.release()


def _connections(file: Path) -> tuple[Writer, Readers]:
    connection = connect(file)
    try:
        migrate(connection, migrations())
        readers = Readers(file, _READERS)
    except BaseException:
        connection.close()
        raise
    return Writer(connection), readers
