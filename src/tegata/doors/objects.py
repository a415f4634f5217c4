"""What lies behind the doors of a transfer as named objects: the release in its forms, and its passport."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.guard import Guard, Opened
from tegata.doors.names import DOORS_PATH, bucket_of, table_name
from tegata.doors.renditions import Item, Renditions
from tegata.doors.serving import NEVER_CACHED, answering, handed_out
from tegata.model.base import sha256, t
from tegata.model.errors import ProtocolError, TegataError
from tegata.transfer.access import PASSPORT_PATH
from tegata.wire import iceberg
from tegata.wire.ranges import entity_tag, select

PASSPORT: Final = "passport.jws"
_JWS: Final = "application/jose"
_FORMS: Final = {".csv": "csv", ".parquet": "parquet"}
_ICEBERG: Final = (iceberg.METADATA, iceberg.MANIFESTS, iceberg.MANIFEST)


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


def passport_routes(guard: Guard) -> list[Route]:
    """The passport for whoever shows the key as a bearer token: the consumer's node, before its people come."""

    async def passport(request: Request) -> Response:
        opened = await guard.enter_with_token(request.headers.get("authorization", ""))
        return Response(opened.release.passport, 200, NEVER_CACHED, media_type=_JWS)

    return [Route(DOORS_PATH + PASSPORT_PATH, answering(passport, _refused), methods=["GET"])]


def _refused(status: int, _: TegataError) -> Response:
    return Response(status_code=status, headers=NEVER_CACHED)


class Objects:
    """Finds and gives out objects by key."""

    def __init__(self, guard: Guard, renditions: Renditions) -> None:
        self._guard = guard
        self._renditions = renditions

    def keys(self, opened: Opened) -> list[str]:
        """In order."""
        table = table_name(opened.key, opened.title).table
        return sorted([PASSPORT, *_ICEBERG, *(table + suffix for suffix in _FORMS)])

    async def get(self, opened: Opened, key: str) -> Item | Document:
        """The object under a key. ProtocolError 404 when there is none."""
        if key not in self.keys(opened):
            raise ProtocolError(t(f"there is no object `{key}`", f"オブジェクト `{key}` はありません"), status=404)
        if key == PASSPORT:
            return Document(opened.release.passport.encode(), _JWS)
        if key in _ICEBERG:
            return Document(iceberg.files(await self.iceberg(opened))[key], "application/octet-stream")
        return await self._renditions.get(opened, _FORMS["." + key.rpartition(".")[2]])

    async def iceberg(self, opened: Opened) -> iceberg.Table:
        """The release as a table of Iceberg."""
        item = await self._renditions.get(opened, "parquet")
        return iceberg.Table(
            id=uuid.UUID(opened.key.transfer),
            location=f"s3://{bucket_of(opened.key)}",
            file=table_name(opened.key, opened.title).table + ".parquet",
            size=item.size,
            rows=opened.release.release.rows,
            columns=[(column.name, column.type) for column in item.columns],
            at=opened.agreement.signed_at,
        )

    async def answer(self, request: Request, opened: Opened, key: str, headers: Mapping[str, str]) -> Response:
        """The answer with it, or what is asked for of it. Raises as `get` and `Guard.hand_out` do."""
        found = await self.get(opened, key)
        if isinstance(found, Item):
            return await handed_out(request, self._guard, opened, found, headers)
        part = select(request.method, request.headers, found.size, entity_tag(found.digest))
        content = found.data[part.start : part.stop] if request.method == "GET" else b""
        return Response(content, part.status, {**NEVER_CACHED, **headers, **part.headers}, media_type=found.media)
