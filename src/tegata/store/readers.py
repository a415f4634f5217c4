"""A small pool of read-only connections, each used by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import apsw

from tegata.store.connection import connect, translated
from tegata.store.transaction import Transaction
from tegata.store.writer import closed

T = TypeVar("T")


class Readers:
    """Runs reads beside the writer: in WAL mode neither waits for the other."""

    def __init__(self, file: Path, size: int) -> None:
        self._connections = [connect(file, read_only=True) for _ in range(size)]
        self._idle: SimpleQueue[apsw.Connection] = SimpleQueue()
        for connection in self._connections:
            self._idle.put(connection)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="tegata-store-reader")

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        try:
            return self._threads.submit(self._read, work)
        except RuntimeError:
            raise closed() from None

    def close(self) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        connection = self._idle.get_nowait()  # as many connections as threads
        try:
            connection.execute("BEGIN")  # all queries of `work` see one state
            try:
                return work(Transaction(connection))
            finally:
                connection.execute("ROLLBACK")
        except apsw.Error as error:
            raise translated(error) from error
        finally:
            self._idle.put(connection)
