"""The store of one node: one SQLite database in a folder, or a PostgreSQL database that replicas share."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from tegata.durable import make_folder
from tegata.model.base import t
from tegata.model.errors import StoreError, why_of
from tegata.store.backend import Backend, open_backend
from tegata.store.lease import end_all_but
from tegata.store.lock import FolderLock
from tegata.store.readers import Readers
from tegata.store.transaction import Transaction
from tegata.store.writer import Writer

T = TypeVar("T")


class Store:
    """Durable state. Work is a function of a `Transaction`; it must be quick, and it must not wait for anything.

    Open it with `Store.open`, and close it: `close` writes what is queued.
    """

    def __init__(self, lock: FolderLock, owner: str, backend: Backend) -> None:
        self.owner = owner
        """Names this opening among all of the same state: the holder of leases."""
        self._lock = lock
        self._backend = backend
        self._writer = Writer(backend.writer)
        self._readers = Readers(backend.readers)
        alive = backend.alive | {owner}
        self._writer.order(lambda tx: end_all_but(tx, alive))

    @classmethod
    def open(cls, folder: Path, database: str = "") -> Self:
        """Opens the store in `folder`, which is made when it is missing, and brings its schema up to date.

        Args:
            database: where the state is kept instead of in the folder, `postgresql://...`.

        Raises:
            StoreError: another process has the folder open, the disk is full or broken, newer code wrote the state, or
                the database cannot be reached or trusted.
        """
        try:
            make_folder(folder)
            lock = FolderLock(folder / "state.lock")
        except OSError as error:
            raise StoreError(
                t(f"`{folder}` cannot be used as a store", f"`{folder}` をストアとして使えません"),
                why=why_of(error),
                hint=t("choose a folder that you may write to", "書き込めるフォルダーを選んでください"),
            ) from error
        owner = str(uuid.uuid4())
        try:
            return cls(lock, owner, open_backend(folder, database, owner))
        except BaseException:
            lock.release()
            raise

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction and returns its value once that is durable.

        What `work` raises undoes its writes and is raised here. A caller that is cancelled cannot know whether the
        writes took place. No other work of any process runs at the same time.

        Raises:
            UnavailableError: nothing is stored: the database is gone or busy.
            UncertainError: it may be stored or not.
            StoreError: nothing is claimed to be stored: the disk is full or broken, or the store is closed.
        """
        return await self._writer.submit(work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` over one consistent state that holds at least all that was acknowledged before the call."""
        return await asyncio.wrap_future(self._readers.submit(work))

    def watch(self, heard: Callable[[], None]) -> None:
        """Has `heard` called, in any thread, when another opening of the same state may have written."""
        self._backend.watch(heard)

    @property
    def commits(self) -> int:
        """Durable commits since opening; fewer than writes when callers came together."""
        return self._writer.commits

    def close(self) -> None:
        """Writes what is queued, then lets go of the folder. The store cannot be used afterwards."""
        self._backend.close()
        self._readers.close()
        self._writer.close()
        self._lock.release()
