"""The Iceberg door: a REST catalogue with a namespace for each transfer, whose files lie behind the S3 door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.guard import Guard, Opened
from tegata.doors.names import DOORS_PATH, schema_of
from tegata.doors.objects import Objects
from tegata.doors.serving import NEVER_CACHED, Handler, answering
from tegata.model.errors import ProtocolError, TegataError
from tegata.wire import iceberg as wire

ICEBERG_PATH: Final = "/iceberg"
_JSON: Final = "application/json"
_TYPES: Final = {
    400: "BadRequestException",
    401: "NotAuthorizedException",
    403: "ForbiddenException",
    404: "NoSuchTableException",
    429: "ServiceUnavailableException",
    503: "ServiceUnavailableException",
}
_ENDPOINTS: Final = (
    "GET /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
)

Answering = Callable[[Request, Opened], Awaitable[Any]]


class IcebergDoor:
    """Answers clients of the REST catalogue.

    Args:
        url: of the node, as others see it: the address of the S3 door.
    """

    def __init__(self, guard: Guard, objects: Objects, url: str) -> None:
        self._guard = guard
        self._objects = objects
        self._url = url

    def routes(self) -> list[Route]:
        base = DOORS_PATH + ICEBERG_PATH + "/v1"
        namespace = base + "/namespaces/{schema}"
        table = namespace + "/tables/{table}"
        read = ["GET", "HEAD"]
        return [
            Route(base + "/config", self._opened(self.config), methods=["GET"]),
            Route(base + "/namespaces", self._opened(self.namespaces), methods=["GET"]),
            Route(namespace, self._opened(self.namespace), methods=read),
            Route(namespace + "/tables", self._opened(self.tables), methods=["GET"]),
            Route(table, self._opened(self.table), methods=read),
            Route(table + "/metrics", self._opened(self.metrics), methods=["POST"]),
        ]

    async def config(self, _: Request, _opened: Opened) -> Any:
        return {"defaults": {}, "overrides": {}, "endpoints": _ENDPOINTS}

    async def namespaces(self, _: Request, opened: Opened) -> Any:
        return {"namespaces": [[schema_of(opened.key)]]}

    async def namespace(self, _: Request, opened: Opened) -> Any:
        return {"namespace": [schema_of(opened.key)], "properties": {}}

    async def tables(self, _: Request, opened: Opened) -> Any:
        schema = schema_of(opened.key)
        return {"identifiers": [{"namespace": [schema], "name": one.name} for one in opened.tables]}

    async def table(self, request: Request, opened: Opened) -> Any:
        """Metadata, and the access key with which the files are fetched. The use is counted when they are."""
        config = {
            "s3.endpoint": self._url,
            "s3.access-key-id": opened.key.id,
            "s3.secret-access-key": opened.key.secret,
            "s3.region": "us-east-1",
            "client.region": "us-east-1",
            "s3.path-style-access": "true",
        }
        table = opened.table(request.path_params["table"])
        return msgspec.Raw(wire.loaded(await self._objects.iceberg_table(opened, table), config))

    async def metrics(self, _: Request, _opened: Opened) -> None:
        """What a client says of its reading is not kept: it is counted here."""

    def _opened(self, handle: Answering) -> Handler:
        async def answer(request: Request) -> Response:
            shown = await self._guard.enter_with_token(request.headers.get("authorization", ""))
            opened = await self._guard.latest(shown)
            schema = schema_of(opened.key)
            if request.path_params.get("schema", schema).lower() != schema:
                raise ProtocolError("there is no such namespace", status=404)
            document = await handle(request, opened)
            if document is None:
                return Response(status_code=204, headers=NEVER_CACHED)
            return Response(msgspec.json.encode(document), 200, NEVER_CACHED, media_type=_JSON)

        return answering(answer, _refused)


def _refused(status: int, error: TegataError) -> Response:
    kind = _TYPES.get(status, "BadRequestException" if status < 500 else "InternalServerError")
    return Response(wire.error_body(status, kind, str(error)), status, NEVER_CACHED, media_type=_JSON)
