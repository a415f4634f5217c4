"""What lies behind the doors of a transfer as named objects: the release in its forms, and its passport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.forms import ARCHIVE, FILE
from tegata.doors.guard import Guard, Opened
from tegata.doors.names import DOORS_PATH, bucket_of, table_id
from tegata.doors.renditions import Item, Renditions
from tegata.doors.serving import NEVER_CACHED, answering, handed_out
from tegata.model.base import sha256, t
from tegata.model.errors import ProtocolError, TegataError
from tegata.transfer.access import PASSPORT_PATH
from tegata.transfer.contents import Content
from tegata.wire import iceberg
from tegata.wire.iceberg import Snapshot
from tegata.wire.ranges import entity_tag, select

T = TypeVar("T")

PASSPORT: Final = "passport.jws"
_JWS: Final = "application/jose"
_FORMS: Final = ("csv", "parquet")
_FILES, _METADATA, _ARCHIVE = "files", "metadata", "release.zip"
"""Where files lie that are no tables, and what tells Iceberg of those that are; the release as it was made."""


@dataclass(frozen=True)
class Document:
    """Bytes that tell of a release and hold nothing of it."""

    data: bytes
    media: str

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def digest(self) -> str:
        return sha256(self.data)


Get = Callable[[], Awaitable[Item | Document]]


def passport_routes(guard: Guard) -> list[Route]:
    """The passport for whoever shows the key as a bearer token: the consumer's node, before its people come."""

    async def passport(request: Request) -> Response:
        opened = await guard.enter_with_token(request.headers.get("authorization", ""))
        return Response(opened.release.passport, 200, NEVER_CACHED, media_type=_JWS)

    return [Route(DOORS_PATH + PASSPORT_PATH, answering(passport, _refused), methods=["GET"])]


async def _passport(opened: Opened) -> Document:
    return Document(opened.release.passport.encode(), _JWS)


async def _told(table: Callable[[], Awaitable[iceberg.Table]], name: str) -> Document:
    return Document(iceberg.files(await table())[name], "application/octet-stream")


def _once(make: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
    """The same, made when it is first asked for and kept from then on."""
    made = list[T]()

    async def get() -> T:
        if not made:
            made.append(await make())
        return made[0]

    return get


def _refused(status: int, _: TegataError) -> Response:
    return Response(status_code=status, headers=NEVER_CACHED)


class Objects:
    """Finds and gives out objects by key."""

    def __init__(self, guard: Guard, renditions: Renditions) -> None:
        self._guard = guard
        self._renditions = renditions

    def keys(self, opened: Opened) -> list[str]:
        """In order."""
        return sorted(self._stored(opened))

    async def get(self, opened: Opened, key: str) -> Item | Document:
        """The object under a key. ProtocolError 404 when there is none."""
        get = self._stored(opened).get(key)
        if get is None:
            raise ProtocolError(t(f"there is no object `{key}`", f"オブジェクト `{key}` はありません"), status=404)
        return await get()

    async def all_of(self, opened: Opened, keys: Iterable[str]) -> list[Item | Document]:
        """The objects under keys that there are; what tells Iceberg of a table is made once for its files."""
        stored = self._stored(opened)
        return [await stored[key]() for key in keys]

    async def iceberg_table(self, opened: Opened, table: Content) -> iceberg.Table:
        """A table of the release as one of Iceberg. Earlier versions with the same columns are earlier snapshots."""
        columns, own = await self._snapshot(opened, table)
        snapshots = [own]
        for one in reversed(await self._guard.versions(opened)):
            same = [each for each in one.tables if each.name == table.name]
            if one.number < opened.number and same:
                others, snapshot = await self._snapshot(one, same[0])
                snapshots += [snapshot] if others == columns else []
        return iceberg.Table(id=table_id(opened.key, table), columns=columns, snapshots=snapshots[::-1])

    async def _snapshot(self, opened: Opened, table: Content) -> tuple[list[tuple[str, str]], Snapshot]:
        """The columns of a table in a version, and that version."""
        item = await self._renditions.get(opened, table, "parquet")
        snapshot = Snapshot(
            number=opened.number,
            at=opened.at,
            location=f"s3://{bucket_of(opened.transfer)}",
            folder=f"{_METADATA}/{table.name}",
            file=f"{table.name}.parquet",
            size=item.size,
            rows=item.rows,
        )
        return [(column.name, column.type) for column in item.columns], snapshot

    def _stored(self, opened: Opened) -> dict[str, Get]:
        """What is under which key: tables by their names, files under their own, and what tells of them."""
        stored: dict[str, Get] = {PASSPORT: partial(_passport, opened)}
        if opened.release.release.parts:
            stored[_ARCHIVE] = partial(self._renditions.whole, opened, ARCHIVE.name)
        for one in opened.contents:
            if not one.is_table:
                name = one.packed or f"{one.name}.{one.release.format}"
                stored[f"{_FILES}/{name}"] = partial(self._renditions.get, opened, one, FILE.name)
                continue
            for form in _FORMS:
                stored[f"{one.name}.{form}"] = partial(self._renditions.get, opened, one, form)
            told = _once(partial(self.iceberg_table, opened, one))
            for name in iceberg.FILES:
                stored[f"{_METADATA}/{one.name}/{name}"] = partial(_told, told, name)
        return stored

    async def answer(self, request: Request, opened: Opened, key: str, headers: Mapping[str, str]) -> Response:
        """The answer with it, or what is asked for of it. Raises as `get` and `Guard.hand_out` do."""
        found = await self.get(opened, key)
        if isinstance(found, Item):
            return await handed_out(request, self._guard, opened, found, headers)
        part = select(request.method, request.headers, found.size, entity_tag(found.digest))
        content = found.data[part.start : part.stop] if request.method == "GET" else b""
        return Response(content, part.status, {**NEVER_CACHED, **headers, **part.headers}, media_type=found.media)
