"""The S3 door: a read-only object store with one bucket for each transfer, opened by its access key.

Addresses are of the path style: {url of the node}/tegata-{uuid of the transfer}/{key of an object}.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.guard import Guard, Opened
from tegata.doors.names import BUCKET, bucket_of
from tegata.doors.objects import Objects
from tegata.doors.serving import NEVER_CACHED, Handler, answering
from tegata.model.errors import ProtocolError, TegataError
from tegata.wire import s3 as wire
from tegata.wire.ranges import entity_tag
from tegata.wire.sigv4 import Asked, pairs, read_signature

_METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE")
_PARTS_OF_REQUESTS: Final = frozenset(
    {"list-type", "prefix", "delimiter", "max-keys", "marker", "continuation-token", "start-after", "encoding-type",
     "fetch-owner", "location", "x-id"}
)  # fmt: skip
_CODES: Final = {
    400: (400, "InvalidRequest"),
    401: (403, "SignatureDoesNotMatch"),
    403: (403, "AccessDenied"),
    404: (404, "NoSuchKey"),
    405: (405, "MethodNotAllowed"),
    410: (404, "NoSuchKey"),
    429: (503, "SlowDown"),
    501: (501, "NotImplemented"),
    503: (503, "ServiceUnavailable"),
}

Answering = Callable[[Request, Opened, dict[str, str]], Awaitable[Response]]


class S3Door:
    """Answers clients of S3.

    Args:
        url: of the node, as others see it: its path, if any, is part of what they sign.
    """

    def __init__(self, guard: Guard, objects: Objects, url: str) -> None:
        self._guard = guard
        self._objects = objects
        self._prefix = urlsplit(url).path.rstrip("/")

    def routes(self) -> list[Route]:
        """At the root of the node: several clients take no path in the address of a store."""
        bucket = "/" + BUCKET + "{uuid}"
        return [
            Route("/", self._opened(self.buckets), methods=["GET"]),
            Route(bucket, self._opened(self.bucket), methods=_METHODS),
            Route(bucket + "/{key:path}", self._opened(self.object), methods=_METHODS),
        ]

    async def buckets(self, _: Request, opened: Opened, query: dict[str, str]) -> Response:
        if query.keys() - _PARTS_OF_REQUESTS:
            raise ProtocolError("this is not offered", status=501)
        owner = opened.agreement.provider
        names = [bucket_of(one.transfer) for one in await self._guard.versions(opened)]
        return _xml(wire.buckets(names, opened.agreement.signed_at, owner))

    async def bucket(self, request: Request, opened: Opened, query: dict[str, str]) -> Response:
        if query.keys() - _PARTS_OF_REQUESTS:
            raise ProtocolError("this is not offered", status=501)
        if request.method == "HEAD":
            return Response(headers=NEVER_CACHED)
        if "location" in query:
            return _xml(wire.location())
        page = wire.page(self._objects.keys(opened), query)
        return _xml(wire.listing(bucket_of(opened.transfer), page, await self._listed(opened, page.keys), query))

    async def object(self, request: Request, opened: Opened, query: dict[str, str]) -> Response:
        if not request.path_params["key"]:
            return await self.bucket(request, opened, query)
        if query.keys() - {"x-id"}:
            raise ProtocolError("this is not offered", status=501)
        modified = format_datetime(opened.agreement.signed_at, usegmt=True)
        return await self._objects.answer(request, opened, request.path_params["key"], {"Last-Modified": modified})

    async def _listed(self, opened: Opened, keys: Sequence[str]) -> list[wire.Stored]:
        """What a list tells of objects: to say how large one is, it is made."""
        found = zip(keys, await self._objects.all_of(opened, keys), strict=True)
        since = opened.agreement.signed_at
        return [wire.Stored(key, one.size, entity_tag(one.digest), since) for key, one in found]

    def _opened(self, handle: Answering) -> Handler:
        """Opens for a signed request; a bucket that is not that of its key does not exist, and nothing is written."""

        async def answer(request: Request) -> Response:
            signed = read_signature(_asked(request, self._prefix))
            opened = await self._guard.enter(
                signed.key_id, lambda key: signed.made_by(key.secret), signed.since, signed.until
            )
            if uuid := request.path_params.get("uuid", ""):
                opened = await self._guard.version_of(opened, f"urn:uuid:{uuid}")
            if request.method not in ("GET", "HEAD"):
                raise ProtocolError("this store is read-only", status=405)
            query = {name: value for name, value in pairs(request.url.query) if not name.startswith("X-Amz-")}
            return await handle(request, opened, query)

        return answering(answer, _refused)


def _asked(request: Request, prefix: str) -> Asked:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    path = prefix + request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return Asked(request.method, path, request.scope["query_string"].decode("latin-1"), headers)


def _xml(body: bytes) -> Response:
    return Response(body, 200, NEVER_CACHED, media_type=wire.XML)


def _refused(status: int, error: TegataError) -> Response:
    status, code = _CODES.get(status, (status, "InternalError" if status >= 500 else "InvalidRequest"))
    return Response(wire.error_body(code, str(error)), status, NEVER_CACHED, media_type=wire.XML)
