"""The Flight SQL door (an extra): the agreed tables in Arrow batches over gRPC, for ADBC and JDBC drivers; read-only.

`pyarrow` serves in threads of its own; what they ask is answered by the node's loop. The key is shown as user name (id)
and password (secret), or as bearer token.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import pyarrow as pa
import structlog
from pyarrow import flight

from tegata.doors import flight_tables as tables
from tegata.doors.guard import Guard, Opened
from tegata.doors.names import TableName, table_name
from tegata.doors.query import Question, selected
from tegata.doors.renditions import Item, Renditions
from tegata.doors.sql import asked_table, read_sql
from tegata.model.errors import ProtocolError, TegataError
from tegata.wire import flight_sql as wire

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")

_FORM: Final = "parquet"
_ROWS: Final = 20_000
_STREAMS: Final = 16
"""So many answers may be under way at a time: each holds a thread."""
_GRACE_SECONDS: Final = 5
_HEADER: Final = "authorization"
_FAILURES: Final = {
    401: flight.FlightUnauthenticatedError,
    429: flight.FlightUnavailableError,
    **dict.fromkeys((403, 404, 410), flight.FlightUnauthorizedError),
}
_STATEMENTS: Final = ("CommandStatementQuery", "CommandPreparedStatementQuery")
"""A sentence, as it is or prepared: what is prepared here is the sentence itself, so that nothing has to be kept."""

_TICKET = "TicketStatementQuery"
_log = structlog.get_logger("tegata.doors")


class Tls(NamedTuple):
    """Certificate chain and private key, in PEM."""

    certificate: bytes
    key: bytes


class FlightDoor:
    """Answers clients of Flight SQL until it is closed.

    Args:
        address: host and port to listen on.
        loop: that of the node.

    Raises:
        OSError: the address is taken, or certificate and key do not read.
    """

    def __init__(
        self,
        guard: Guard,
        renditions: Renditions,
        address: str,
        loop: asyncio.AbstractEventLoop,
        tls: Tls | None = None,
    ) -> None:
        self._guard = guard
        self._renditions = renditions
        self._loop = loop
        self._streams = threading.BoundedSemaphore(_STREAMS)
        try:
            self._server = _Server(self, address, tls)
        except pa.ArrowException as error:
            raise OSError(str(error)) from None

    def close(self) -> None:
        """Takes no more, and waits a while for what is under way. Not in the loop: what is under way asks it."""
        closing = threading.Thread(target=self._server.shutdown, daemon=True)
        closing.start()
        closing.join(_GRACE_SECONDS)  # a reader that takes nothing would hold it up for ever

    def enter(self, authorization: str) -> Opened:
        """The newest version for who shows a key in a header, by whichever scheme."""
        return self._wait(self._guard.latest(self._shown(authorization)))

    def _shown(self, authorization: str) -> Opened:
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() != "basic":
            return self._wait(self._guard.enter_with_token(authorization))
        try:
            key_id, _, secret = base64.b64decode(shown, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            key_id = secret = ""
        return self._wait(self._guard.enter(key_id, lambda key: key.is_proven_by(secret)))

    def schema(self, authorization: str, command: wire.Command) -> tuple[pa.Schema, bytes]:
        """What the answer to a command looks like, and the ticket for it. Raises as `enter` does, and UsageError."""
        opened = self.enter(authorization)
        if command.name not in _STATEMENTS:
            return self._told(opened, command).schema, b""
        text = command.text(1) or ""
        _, frame = self._asked(opened, text)
        return _schema(frame), wire.command(_TICKET, {1: text.encode()})

    def prepared(self, authorization: str, request: wire.Command) -> bytes:
        """The answer to who wants a sentence prepared. Raises as `schema` does."""
        opened, text = self.enter(authorization), request.text(1) or ""
        _, frame = self._asked(opened, text)
        schema = _schema(frame).serialize().to_pybytes()
        return wire.command("ActionCreatePreparedStatementResult", {1: text.encode(), 2: schema})

    def table(self, authorization: str, command: wire.Command) -> pa.Table:
        """A table that tells what there is. Raises as `schema` does."""
        return self._told(self.enter(authorization), command)

    def stream(self, authorization: str, command: wire.Command) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """What a query finds. That it leaves is counted, and recorded, before the first batch. Raises as `schema`."""
        opened = self.enter(authorization)
        item, frame = self._asked(opened, command.text(1) or "")
        self._wait(self._guard.hand_out(opened, item.name))
        return _schema(frame), self._batches(opened, frame)

    def _told(self, opened: Opened, command: wire.Command) -> pa.Table:
        def columns(name: TableName) -> pa.Schema:
            item = self._item(opened, name)
            return _schema(selected(item.whole.path, item.columns, Question()))

        return tables.answer(command, _names(opened), columns)

    def _item(self, opened: Opened, name: TableName) -> Item:
        return self._wait(self._renditions.get(opened, opened.table(name.table), _FORM))

    def _asked(self, opened: Opened, text: str) -> tuple[Item, pl.LazyFrame]:
        import polars as pl

        name = asked_table(text, _names(opened))
        item = self._item(opened, name)
        asked = read_sql(text, name, [column.name for column in item.columns])
        frame = selected(item.whole.path, item.columns, asked.question)
        found = frame.collect_schema().names()
        if asked.names:
            frame = frame.select(pl.nth(found.index(name)) for name in asked.names)
        return item, frame if asked.limit is None else frame.head(asked.limit)

    def _batches(self, opened: Opened, frame: pl.LazyFrame) -> Iterator[pa.RecordBatch]:
        """As long as they may leave."""
        if not self._streams.acquire(blocking=False):
            raise flight.FlightUnavailableError("too many answers are under way; try again")
        try:
            going = self._guard.going(opened)
            for part in frame.collect_batches(chunk_size=_ROWS, maintain_order=True):
                for batch in _arrow(part).to_batches():
                    if not self._wait(going(batch.nbytes)):
                        raise flight.FlightUnauthorizedError("the transfer is suspended or has ended")
                    yield batch
        except Exception as error:  # noqa: BLE001 - as in `_told`
            raise _failure(error) from None
        finally:
            self._streams.release()

    def _wait(self, asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()


def _names(opened: Opened) -> list[TableName]:
    return [table_name(opened.key, one.name) for one in opened.tables]


class _Server(flight.FlightServerBase):  # type: ignore[misc]
    """Speaks Flight, and tells failures as its clients know them."""

    def __init__(self, door: FlightDoor, address: str, tls: Tls | None) -> None:
        self._door = door
        scheme, certificates = ("grpc+tls", [tuple(tls)]) if tls else ("grpc+tcp", None)
        super().__init__(
            f"{scheme}://{address}",
            auth_handler=_Handshake(),
            tls_certificates=certificates,
            middleware={_HEADER: _Headers(door)},
        )

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        def work(command: wire.Command) -> Any:
            schema, ticket = self._door.schema(_shown(context), command)
            endpoint = flight.FlightEndpoint(ticket or descriptor.command, [])
            return flight.FlightInfo(schema, descriptor, [endpoint], -1, -1)

        return _told(work, descriptor.command or b"")

    def get_schema(self, context: Any, descriptor: Any) -> Any:
        def work(command: wire.Command) -> Any:
            return flight.SchemaResult(self._door.schema(_shown(context), command)[0])

        return _told(work, descriptor.command or b"")

    def do_action(self, context: Any, action: Any) -> list[bytes]:
        def work(request: wire.Command) -> list[bytes]:
            if (action.type, request.name) == ("CreatePreparedStatement", "ActionCreatePreparedStatementRequest"):
                return [self._door.prepared(_shown(context), request)]
            if (action.type, request.name) == ("ClosePreparedStatement", "ActionClosePreparedStatementRequest"):
                return []
            raise ProtocolError(f"`{action.type[:80]}` is not offered")

        return _told(work, action.body.to_pybytes())

    def _not_offered(self, *_: Any) -> Any:
        raise flight.FlightServerError("this is not offered: the door is read-only, and tells its tables by Flight SQL")

    list_flights = list_actions = do_put = do_exchange = _not_offered

    def do_get(self, context: Any, ticket: Any) -> Any:
        def work(command: wire.Command) -> Any:
            if command.name == _TICKET:
                return flight.GeneratorStream(*self._door.stream(_shown(context), command))
            return flight.RecordBatchStream(self._door.table(_shown(context), command))

        return _told(work, ticket.ticket)


class _Handshake(flight.ServerAuthHandler):  # type: ignore[misc]
    """Who asks is proven by the header of each call, to the guard; the handshake only gives that header back."""

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        pass

    def is_valid(self, token: bytes) -> bytes:  # noqa: ARG002 - the name is theirs
        return b""


class _Headers(flight.ServerMiddlewareFactory):  # type: ignore[misc]
    def __init__(self, door: FlightDoor) -> None:
        super().__init__()
        self._door = door

    def start_call(self, info: Any, headers: Mapping[str, list[str]]) -> Any:
        shown = next(iter(headers.get(_HEADER, [])), "")
        if info.method != flight.FlightMethod.HANDSHAKE:
            return _Shown(shown)
        try:
            return _Shown(shown, f"Bearer {self._door.enter(shown).key.token}")
        except TegataError as error:
            raise _failure(error) from None


class _Shown(flight.ServerMiddleware):  # type: ignore[misc]
    """What a call showed, and what is given back."""

    def __init__(self, shown: str, given: str = "") -> None:
        super().__init__()
        self.shown, self._given = shown, given

    def sending_headers(self) -> dict[str, str]:
        return {_HEADER: self._given} if self._given else {}


def _shown(context: Any) -> str:
    return str(context.get_middleware(_HEADER).shown)


def _told(work: Callable[[wire.Command], T], command: bytes) -> T:
    """Do it; whatever fails, nobody is told more than what to do about it."""
    try:
        return work(wire.read_command(command))
    except Exception as error:  # noqa: BLE001 - what is no error of Flight would be told with its traceback
        raise _failure(error) from None


def _failure(error: Exception) -> Exception:
    """An error as clients know it: any other than these would be told them with its traceback."""
    if isinstance(error, flight.FlightError):
        return error  # type: ignore[no-any-return]
    if not isinstance(error, TegataError):
        _log.error("door.failed", path="flight", what=type(error).__name__)
        fault: Exception = flight.FlightServerError(f"this cannot be answered: {type(error).__name__}")
        return fault
    _log.info("door.refused", path="flight", what=str(error))
    status = error.status if isinstance(error, ProtocolError) else 400
    failure: Exception = _FAILURES.get(status, flight.FlightServerError)(str(error))
    return failure


def _schema(frame: pl.LazyFrame) -> pa.Schema:
    import polars as pl

    return _arrow(pl.DataFrame(schema=frame.collect_schema())).schema


def _arrow(frame: pl.DataFrame) -> pa.Table:
    """In the types that readers of every age know."""
    import polars as pl

    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def read_tls(certificate: Path, key: Path) -> Tls:
    """OSError when a file cannot be read."""
    return Tls(certificate.read_bytes(), key.read_bytes())
