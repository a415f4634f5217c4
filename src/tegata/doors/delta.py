"""The Delta Sharing door: one share with a schema for each key, each version of a table in a Parquet file behind a
signed address. What is delivered again under the agreement is the next version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_body
from tegata.doors.guard import Guard, Opened
from tegata.doors.link import link_for, linked
from tegata.doors.names import SHARE, schema_of, table_id, table_name
from tegata.doors.renditions import CHANGES, Item, Renditions
from tegata.doors.serving import NEVER_CACHED, Handler, answering
from tegata.model.errors import ProtocolError, TegataError
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

Answering = Callable[[Request, tuple[Opened, ...]], Awaitable[Response]]
"""Answers about the versions that are kept, in order."""

OfTable = Callable[[Request, tuple[Opened, ...], str], Awaitable[Response]]
"""Answers about a table by its name: these are the versions that have it."""


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
            Route(table + "/changes", self._table(self.changes), methods=["GET"]),
        ]

    async def version(self, request: Request, kept: tuple[Opened, ...], _: str) -> Response:
        """The newest, or the first that came at a time or later."""
        asked = request.query_params.get("startingTimestamp", "")
        found = [one for one in kept if one.at >= wire.read_time(asked)] if asked else kept[-1:]
        if not found:
            raise ProtocolError("the table has no version since then", hint=_kept(kept))
        return Response(b"", 200, {**NEVER_CACHED, wire.VERSION_HEADER: str(found[0].number)})

    async def metadata(self, request: Request, kept: tuple[Opened, ...], name: str) -> Response:
        query = request.query_params
        one = _one_of(kept, wire.read_number(query.get("version", "")), query.get("timestamp", ""))
        return _lines(one, await self._metadata(kept, one, name))

    async def query(self, request: Request, kept: tuple[Opened, ...], name: str) -> Response:
        """Where the file is. To tell that counts as a use of it."""
        wanted = wire.read_query(await read_body(request, _MAX_BODY))
        if wanted.starting_version is not None:
            return await self._since(kept, name, wanted.starting_version, wanted.ending_version)
        one = _one_of(kept, wanted.version, wanted.timestamp or "")
        file, fields = await self._file(one, name)
        return _lines(one, await self._metadata(kept, one, name) + wire.file_line(file, fields))

    async def changes(self, request: Request, kept: tuple[Opened, ...], name: str) -> Response:
        """What changed in each version, row by row: all of it came with the first of all, and since then there are the
        changes since the one before. That one has to be kept, too."""
        span = wire.read_span(request.query_params)
        after = [one for one in kept if span.start_time is None or one.at >= span.start_time]
        start = after[0].number if span.start is None and after else span.start
        until = [one for one in kept if span.end_time is None or one.at <= span.end_time]
        end = until[-1].number if span.end is None and until else span.end
        wanted = _span(kept, start, end)
        lines = [await self._metadata(kept, wanted[-1], name)]
        lines += [await self._changed(kept, one, name) for one in wanted]
        return _lines(wanted[-1], b"".join(lines))

    async def _since(self, kept: tuple[Opened, ...], name: str, start: int, end: int | None) -> Response:
        """For who keeps a copy file by file: each version takes the file of the one before away, and adds its own."""
        wanted = _span(kept, start, end)
        lines, before = [await self._metadata(kept, wanted[-1], name)], None
        for one in wanted:
            file, fields = await self._file(one, name)
            lines += [wire.remove_line(before._replace(version=one.number, at=one.at))] if before else []
            lines.append(wire.add_line(file, fields))
            before = file
        return _lines(wanted[-1], b"".join(lines))

    async def _changed(self, kept: tuple[Opened, ...], one: Opened, name: str) -> bytes:
        if one.number == 0:
            return wire.add_line(*await self._file(one, name))
        before = [earlier for earlier in kept if earlier.number == one.number - 1]
        if not before:
            raise ProtocolError(f"version {one.number - 1} is not kept any more", hint=_kept(kept))
        return wire.cdf_line((await self._file(one, name, before[0]))[0])

    async def _file(
        self, one: Opened, name: str, before: Opened | None = None
    ) -> tuple[wire.DataFile, list[wire.Field]]:
        """The file of a version, or that of the changes since one before. It is about to be fetched: that counts as its
        use."""
        table, made = one.table(name), self._renditions
        form = f"{CHANGES}{before.number}" if before else _FORM
        item = await (made.changes(before, one, name) if before else made.get(one, table, form))
        await self._guard.hand_out(one, item.name)
        expires = min(self._guard.now() + dt.timedelta(seconds=_FILE_SECONDS), one.key.expires)
        what = linked(table.told, _FORM, table.name)._replace(form=form)
        url = link_for(one.key, self._base, what, expires, one.transfer)
        told = wire.DataFile(
            url, item.digest.removeprefix("sha256:"), item.size, item.rows, expires, one.number, one.at
        )
        return told, _fields(item)

    async def _metadata(self, kept: tuple[Opened, ...], one: Opened, name: str) -> bytes:
        table = one.table(name)
        item = await self._renditions.get(one, table, _FORM)
        identity, several = str(table_id(one.key, table)), len(kept) > 1
        return wire.metadata_lines(identity, table.name, _fields(item), item.size, changes=several)

    def _opened(self, handle: Answering) -> Handler:
        """Opens for a bearer token; what is not the share and schema of its key does not exist."""

        async def answer(request: Request) -> Response:
            opened = await self._guard.enter_with_token(request.headers.get("authorization", ""))
            name, asked = table_name(opened.key, ""), request.path_params
            if not name.matches(asked.get("share", name.share), asked.get("schema", name.schema)):
                raise ProtocolError("there is no such share or schema", status=404)
            return await handle(request, await self._guard.versions(opened))

        return answering(answer, _refused)

    def _table(self, handle: OfTable) -> Handler:
        async def answer(request: Request, kept: tuple[Opened, ...]) -> Response:
            name = request.path_params["table"].lower()
            having = tuple(one for one in kept if name in (table.name for table in one.tables))
            if not having:
                raise ProtocolError("there is no such table", status=404)
            return await handle(request, having, name)

        return self._opened(answer)

    def _list(self, path: str, items: Callable[[Opened], Sequence[Mapping[str, str]]]) -> Route:
        async def listing(request: Request, kept: tuple[Opened, ...]) -> Response:
            return _json(wire.page(items(kept[-1]), request.query_params))

        return Route(path, self._opened(listing), methods=["GET"])


def _tables(opened: Opened) -> list[Mapping[str, str]]:
    schema = schema_of(opened.key)
    return [{"name": one.name, "schema": schema, "share": SHARE} for one in opened.tables]


def _fields(item: Item) -> list[wire.Field]:
    return [wire.Field(column.name, column.type, column.nulls, column.low, column.high) for column in item.columns]


async def _share(_request: Request, _kept: tuple[Opened, ...]) -> Response:
    return _json(wire.share(SHARE))


def _one_of(kept: tuple[Opened, ...], number: int | None, timestamp: str) -> Opened:
    """A version by its number, the one that was there at a time, or the newest. ProtocolError when it is not kept."""
    found = [one for one in kept if number is None or one.number == number]
    if timestamp:
        at = wire.read_time(timestamp)
        found = [one for one in found if one.at <= at]
    if not found:
        raise ProtocolError("there is no such version", hint=_kept(kept))
    return found[-1]


def _span(kept: tuple[Opened, ...], start: int | None, end: int | None) -> list[Opened]:
    """Versions from one to another, none left out. ProtocolError when one of them is not kept."""
    last = kept[-1].number if end is None else end
    found = [one for one in kept if start is not None and start <= one.number <= last]
    if start is None or not found or len(found) != last - start + 1:
        raise ProtocolError("not all of these versions are kept", hint=_kept(kept))
    return found


def _kept(kept: tuple[Opened, ...]) -> str:
    return "versions that are kept: " + ", ".join(str(one.number) for one in kept[-20:])


def _json(body: bytes) -> Response:
    return Response(body, 200, NEVER_CACHED, media_type=_JSON)


def _lines(version: Opened, body: bytes) -> Response:
    told = {wire.VERSION_HEADER: str(version.number), "delta-sharing-capabilities": wire.CAPABILITIES}
    return Response(body, 200, {**NEVER_CACHED, **told}, media_type=wire.NDJSON)


def _refused(status: int, error: TegataError) -> Response:
    code = _CODES.get(status, "INVALID_PARAMETER_VALUE" if status < 500 else "INTERNAL_ERROR")
    return Response(wire.error_body(code, str(error)), status, NEVER_CACHED, media_type=_JSON)
