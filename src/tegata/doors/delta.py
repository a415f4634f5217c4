"""The Delta Sharing door: one share with a schema for each transfer, each table in a Parquet file behind a signed
address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_body
from tegata.doors.guard import Guard, Opened
from tegata.doors.link import link_for, linked
from tegata.doors.names import SHARE, schema_of, table_id, table_name
from tegata.doors.renditions import Item, Renditions
from tegata.doors.serving import NEVER_CACHED, Handler, answering
from tegata.model.errors import ProtocolError, TegataError
from tegata.transfer.contents import Content
from tegata.wire import delta_sharing as wire

DELTA_PATH: Final = "/delta"
_FORM: Final = "parquet"
_FILE_SECONDS: Final = 3600
"""So long the address of a file is good; clients ask anew before that."""
_MAX_BODY: Final = 64 << 10
_JSON: Final = "application/json; charset=utf-8"
_CODES: Final = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    429: "TOO_MANY_REQUESTS",
}

Answering = Callable[[Request, Opened], Awaitable[Response]]
OfTable = Callable[[Request, Opened, Content], Awaitable[Response]]


class DeltaDoor:
    """Answers clients of Delta Sharing.

    Args:
        base: the address of the doors, as others see it.
    """

    def __init__(self, guard: Guard, renditions: Renditions, base: str) -> None:
        self._guard = guard
        self._renditions = renditions
        self._base = base

    def routes(self, path: str) -> list[Route]:
        """Below the path of the doors."""
        shares = path + DELTA_PATH + "/shares"
        schemas = shares + "/{share}/schemas"
        table = schemas + "/{schema}/tables/{table}"
        return [
            self._list(shares, lambda _: [{"name": SHARE, "id": SHARE}]),
            Route(shares + "/{share}", self._opened(_share), methods=["GET"]),
            self._list(schemas, lambda opened: [{"name": schema_of(opened.key), "share": SHARE}]),
            self._list(schemas + "/{schema}/tables", _tables),
            self._list(shares + "/{share}/all-tables", _tables),
            Route(table + "/version", self._table(self.version), methods=["GET"]),
            Route(table + "/metadata", self._table(self.metadata), methods=["GET"]),
            Route(table + "/query", self._table(self.query), methods=["POST"]),
            Route(table + "/changes", self._table(_no_changes), methods=["GET"]),
        ]

    async def version(self, request: Request, opened: Opened, _: Content) -> Response:
        _refuse_later(request.query_params.get("startingTimestamp", ""), opened.agreement.signed_at)
        return Response(b"", 200, {**NEVER_CACHED, wire.VERSION_HEADER: "0"})

    async def metadata(self, _: Request, opened: Opened, table: Content) -> Response:
        item = await self._renditions.get(opened, table, _FORM)
        return _lines(_metadata(opened, table, item))

    async def query(self, request: Request, opened: Opened, table: Content) -> Response:
        """Where the file is. To tell that counts as a use of it."""
        wanted = wire.read_query(await read_body(request, _MAX_BODY))
        if wanted.version not in (None, 0):
            raise ProtocolError(f"this table has no version {wanted.version}", hint="its only version is 0")
        item = await self._renditions.get(opened, table, _FORM)
        await self._guard.hand_out(opened, item.name)
        expires = min(self._guard.now() + dt.timedelta(seconds=_FILE_SECONDS), opened.key.expires)
        url = link_for(opened.key, self._base, linked(table.told, _FORM, table.name), expires)
        file = wire.DataFile(url, item.digest.removeprefix("sha256:"), item.size, item.rows, expires)
        return _lines(_metadata(opened, table, item) + wire.file_line(file, _fields(item)))

    def _opened(self, handle: Answering) -> Handler:
        """Opens for a bearer token; what is not the share and schema of its key does not exist."""

        async def answer(request: Request) -> Response:
            opened = await self._guard.enter_with_token(request.headers.get("authorization", ""))
            name, asked = table_name(opened.key, ""), request.path_params
            if not name.matches(asked.get("share", name.share), asked.get("schema", name.schema)):
                raise ProtocolError("there is no such share or schema", status=404)
            return await handle(request, opened)

        return answering(answer, _refused)

    def _table(self, handle: OfTable) -> Handler:
        async def answer(request: Request, opened: Opened) -> Response:
            return await handle(request, opened, opened.table(request.path_params["table"]))

        return self._opened(answer)

    def _list(self, path: str, items: Callable[[Opened], Sequence[Mapping[str, str]]]) -> Route:
        async def listing(request: Request, opened: Opened) -> Response:
            return _json(wire.page(items(opened), request.query_params))

        return Route(path, self._opened(listing), methods=["GET"])


def _tables(opened: Opened) -> list[Mapping[str, str]]:
    schema = schema_of(opened.key)
    return [{"name": one.name, "schema": schema, "share": SHARE} for one in opened.tables]


def _metadata(opened: Opened, table: Content, item: Item) -> bytes:
    return wire.metadata_lines(str(table_id(opened.key, table)), table.name, _fields(item), item.size)


def _fields(item: Item) -> list[wire.Field]:
    return [wire.Field(column.name, column.type, column.nulls, column.low, column.high) for column in item.columns]


async def _share(_request: Request, _opened: Opened) -> Response:
    return _json(wire.share(SHARE))


async def _no_changes(*_: Any) -> Response:
    raise ProtocolError("this table has no change data feed", hint="query its only version, 0")


def _refuse_later(timestamp: str, signed_at: dt.datetime) -> None:
    """The only version is as old as the agreement: nothing begins after it. ProtocolError for a time that does not
    read, or lies behind."""
    if not timestamp:
        return
    try:
        at = dt.datetime.fromisoformat(timestamp)
    except ValueError:
        raise ProtocolError("the timestamp does not read", hint="write it by ISO 8601") from None
    if at.replace(tzinfo=at.tzinfo or dt.UTC) > signed_at:
        raise ProtocolError("the table has no version since then")


def _json(body: bytes) -> Response:
    return Response(body, 200, NEVER_CACHED, media_type=_JSON)


def _lines(body: bytes) -> Response:
    told = {wire.VERSION_HEADER: "0", "delta-sharing-capabilities": wire.CAPABILITIES}
    return Response(body, 200, {**NEVER_CACHED, **told}, media_type=wire.NDJSON)


def _refused(status: int, error: TegataError) -> Response:
    message = "; ".join(part for part in error.parts("en") if part)
    return Response(
        wire.error_body(_CODES.get(status, "INVALID_PARAMETER_VALUE" if status < 500 else "INTERNAL_ERROR"), message),
        status,
        NEVER_CACHED,
        media_type=_JSON,
    )
