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
from tegata.transfer import Door
from tegata.transfer.handover import MEDIA, Parcel

DATA_PATH: Final = "/data"
_NEVER_CACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LATER: Final = 503


def door_routes(door: Door) -> list[Route]:
    async def data(request: Request) -> Response:
        return _file(await door.open(*asked(request)), door)

    async def passport(request: Request) -> Response:
        release = await door.look(*asked(request))
        return Response(release.passport, media_type="application/jose", headers=_NEVER_CACHED)

    return [
        Route(DATA_PATH + "/{id}/passport", guarded(passport), methods=["GET"]),
        Route(DATA_PATH + "/{id}", guarded(data), methods=["GET"]),
    ]


def asked(request: Request) -> tuple[str, str]:
    """Transfer and authorization of a request for data, or with data."""
    return request.path_params["id"], request.headers.get("authorization", "")


class _WhileOpen(FileResponse):
    """A file that goes out block by block, as long as its transfer is started. Whoever is cut off sees fewer bytes than
    were announced, and the connection closed."""

    def __init__(self, parcel: Parcel, door: Door, **settings: Any) -> None:
        super().__init__(parcel.release.path, stat_result=parcel.file, **settings)
        self._transfer, self._door = parcel.release.transfer, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_while_open(message: Message) -> None:
            if message["type"] == "http.response.body" and not await self._door.still_open(self._transfer):
                raise _ShutError
            await send(message)

        with contextlib.suppress(_ShutError, FileNotFoundError):  # it is removed once the transfer has ended
            await super().__call__(scope, receive, send_while_open)


class _ShutError(Exception):
    """The door was shut while bytes went out."""


def _file(parcel: Parcel, door: Door) -> Response:
    """The bytes in blocks of 64 KiB, whatever their number; RFC 9530 digest of the whole."""
    release = parcel.release.release
    digest = base64.b64encode(bytes.fromhex(release.digest.removeprefix("sha256:"))).decode()
    headers = {**_NEVER_CACHED, "Repr-Digest": f"sha-256=:{digest}:"}
    return _WhileOpen(
        parcel, door, media_type=MEDIA[release.format], filename=f"data.{release.format}", headers=headers
    )


def guarded(handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Answers every failure with a status alone."""

    async def guarded(request: Request) -> Response:
        try:
            return await handle(request)
        except ProtocolError as error:
            return _refused(error.status)
        except StoreError:
            return _refused(503)

    return guarded


def _refused(status: int) -> Response:
    """The connection is closed: a body that nobody wants is not read to its end."""
    again = {"Retry-After": "1"} if status == _LATER else {}
    return Response(status_code=status, headers={**_NEVER_CACHED, "Connection": "close", **again})
