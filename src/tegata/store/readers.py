"""A small pool of read-only connections, each used by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from tegata.store.connection import Connection, closed
from tegata.store.transaction import Transaction

T = TypeVar("T")


class Readers:
    """Runs reads beside the writer: neither waits for the other."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._idle.put(connection)
        self._threads = ThreadPoolExecutor(len(connections), thread_name_prefix="tegata-store-reader")

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
            connection.begin(write=False)  # all queries of `work` see one state
            try:
                return work(Transaction(connection))
            finally:
                connection.rollback()
        finally:
            self._idle.put(connection)
