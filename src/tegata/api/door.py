"""The data door over HTTPS: the release of a started transfer, with byte ranges, and its passport."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from tegata.model.errors import ProtocolError, StoreError
from tegata.store.releases import StoredRelease
from tegata.transfer import Door
from tegata.transfer.door import MEDIA

DATA_PATH: Final = "/data"
_NEVER_CACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def door_routes(door: Door) -> list[Route]:
    async def data(request: Request) -> Response:
        return _file(await door.open(*_asked(request)), door)

    async def passport(request: Request) -> Response:
        release = await door.look(*_asked(request))
        return Response(release.passport, media_type="application/jose", headers=_NEVER_CACHED)

    return [
        Route(DATA_PATH + "/{id}/passport", _guarded(passport), methods=["GET"]),
        Route(DATA_PATH + "/{id}", _guarded(data), methods=["GET"]),
    ]


def _asked(request: Request) -> tuple[str, str]:
    """Transfer and authorization."""
    return request.path_params["id"], request.headers.get("authorization", "")


class _WhileOpen(FileResponse):
    """A file that goes out block by block, as long as its transfer is started. Whoever is cut off sees fewer bytes than
    were announced, and the connection closed."""

    def __init__(self, stored: StoredRelease, door: Door, **settings: Any) -> None:
        super().__init__(stored.path, **settings)
        self._transfer, self._door = stored.transfer, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_while_open(message: Message) -> None:
            if message["type"] == "http.response.body" and not await self._door.still_open(self._transfer):
                raise _ShutError
            await send(message)

        with contextlib.suppress(_ShutError):
            await super().__call__(scope, receive, send_while_open)


class _ShutError(Exception):
    """The door was shut while bytes went out."""


def _file(stored: StoredRelease, door: Door) -> Response:
    """The bytes in blocks of 64 KiB, whatever their number; RFC 9530 digest of the whole."""
    release = stored.release
    digest = base64.b64encode(bytes.fromhex(release.digest.removeprefix("sha256:"))).decode()
    headers = {**_NEVER_CACHED, "Repr-Digest": f"sha-256=:{digest}:"}
    return _WhileOpen(
        stored, door, media_type=MEDIA[release.format], filename=f"data.{release.format}", headers=headers
    )


def _guarded(handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await handle(request)
        except ProtocolError as error:
            return Response(status_code=error.status, headers=_NEVER_CACHED)
        except StoreError:
            return Response(status_code=503, headers=_NEVER_CACHED)

    return guarded
