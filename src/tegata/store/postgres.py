"""PostgreSQL, spoken to in the one way that we trust: what it acknowledges is durable, and writers are alone.

The driver is asynchronous and our work is not: each connection has an event loop of its own, which runs only while a
question is asked. So a thread that has a loop must not use one; `apart` runs a piece of work where there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeVar

import asyncpg

from tegata.model.errors import StoreError
from tegata.store.connection import UnavailableError, Value
from tegata.store.migrate import newer
from tegata.store.postgres_errors import LOST, check_server, translated, unavailable, uncertain
from tegata.store.sql import for_postgres, migrations, queries

T = TypeVar("T")

CHANNEL: Final = "tegata"
_SQL: Final = queries("postgres")
_SETTINGS: Final = {
    "idle_in_transaction_session_timeout": "10s",  # who stops in the middle of its turn loses it
    "lock_timeout": "30s",
    "tcp_keepalives_idle": "60",
    "client_encoding": "UTF8",
}
_TURN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE schema_version IN EXCLUSIVE MODE"
_CONNECT_SECONDS: Final = 10
_ANSWER_SECONDS: Final = 60
_PAUSES: Final = (0.0, 0.1, 0.3, 1.0, 2.0, 4.0, 8.0)  # seconds before each look at what became of a commit


class PostgresConnection:
    """Reconnects by itself, but never in the middle of a transaction.

    Args:
        url: postgresql://...; other parameters than those of libpq become settings of the session, as `search_path`.
        writer: names who writes, for one opening of the store.
    """

    group = 60  # each caller has a subtransaction, and the server keeps 64 of them at hand

    def __init__(self, url: str, writer: str = "") -> None:
        self._url = url
        self._writer = writer
        self._turn = 0
        self._loop = asyncio.new_event_loop()
        self._link: asyncpg.Connection | None = None

    @property
    def in_transaction(self) -> bool:
        return self._link is not None and not self._link.is_closed() and self._link.is_in_transaction()

    def begin(self, *, write: bool) -> None:
        """A connection that was lost since the last transaction is made anew; nothing of this one is lost then."""
        start = self._begin_writing if write else self._begin_reading
        try:
            start()
        except UnavailableError:
            if self._link is not None:  # busy, not lost
                raise
            self._connect()
            start()

    def commit(self) -> None:
        """What becomes of a commit whose answer is lost is asked of the database itself."""
        try:
            ended = self._ask(self._open.execute(f"NOTIFY {CHANNEL}, '{self._writer}'; COMMIT"))
        except UnavailableError:
            if not self._took_place():
                raise
        else:
            if ended != "COMMIT":
                raise unavailable("the transaction had failed")

    def rollback(self) -> None:
        if self.in_transaction:
            self.script("ROLLBACK")

    def execute(self, text: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._ask(self._open.fetch(text, *values))]

    def script(self, text: str) -> None:
        self._ask(self._open.execute(text))

    def define(self, text: str) -> None:
        self.script(for_postgres(text))

    def close(self) -> None:
        apart(self._close)

    def prepare(self) -> frozenset[str]:
        """Makes the tables in which writers are known, before the first turn is taken; the writers that have a session.

        Raises:
            StoreError: the server cannot be reached, or cannot be trusted with the state.
        """
        self._connect()
        self.script("BEGIN")
        self.execute(_SQL["alone_while_opening"])
        self.execute(queries()["create_schema_version"])
        self.execute(_SQL["create_writers"])
        self.execute(_SQL["forget_writers"])
        self.script("COMMIT")
        return frozenset(writer for (writer,) in self.execute(_SQL["sessions"]))

    @property
    def _open(self) -> asyncpg.Connection:
        if self._link is None:
            raise unavailable("the connection was lost")
        return self._link

    def _connect(self) -> None:
        self._drop()
        self._link = self._ask(connect(self._url, self._writer))
        (server,) = self.execute(_SQL["server"])
        try:
            check_server(*server)
        except StoreError:
            self._drop()  # or the next transaction would find it and trust it
            raise
        if "off" in server:  # `local` and `remote_apply` are the operator's to choose, `off` is not
            self.script("SET synchronous_commit = on")

    def _begin_reading(self) -> None:
        self._ask(self._open.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))

    def _begin_writing(self) -> None:
        """Takes a turn: the lock lasts until the transaction is durable and seen by whoever comes next."""
        self._ask(self._open.execute(_TURN))
        self._turn += 1
        ((version,),) = self.execute(_SQL["take_turn"], (self._writer, self._turn))
        if version is not None and version > migrations()[-1].version:
            raise newer(version)

    def _took_place(self) -> bool:
        """Whether the last turn was committed. Once we have the lock, the lost session has ended either way."""
        for pause in _PAUSES:
            time.sleep(pause)
            with contextlib.suppress(UnavailableError):
                self._connect()
                self.script(_TURN)
                found = self.execute(_SQL["last_turn"], (self._writer,))
                self.rollback()
                return found == [(self._turn,)]
        raise uncertain()

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(question)
        except LOST as error:
            self._drop()
            raise unavailable(str(error)) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if self._link is not None and self._link.is_closed():
                self._drop()
                raise unavailable(str(error)) from error
            raise translated(error) from error

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.terminate()
            self._loop.run_until_complete(asyncio.sleep(0))  # its transport is closed in the loop's next round

    def _close(self) -> None:
        if self._link is not None and not self._link.is_closed():
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(self._link.close(timeout=2))
        self._drop()
        self._loop.close()


async def connect(url: str, writer: str) -> asyncpg.Connection:
    """A session as ours are, which bears the name of its writer. Raises what the driver raises."""
    return await asyncpg.connect(
        url,
        timeout=_CONNECT_SECONDS,
        command_timeout=_ANSWER_SECONDS,
        server_settings={**_SETTINGS, "application_name": writer},
        statement_cache_size=200,
        max_cached_statement_lifetime=0,
    )


def apart(work: Callable[[], T]) -> T:
    """Runs `work` in a thread that has no event loop, and waits for it."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return done.result()
