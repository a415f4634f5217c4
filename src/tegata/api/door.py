"""The data door over HTTPS: the release of a started transfer, with byte ranges, and its passport."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.slices import FileSlice, Whole, file_answer
from tegata.model.errors import ProtocolError, StoreError
from tegata.transfer import Door
from tegata.transfer.chunks import beside
from tegata.transfer.handover import TEXTS, Parcel, media_of

DATA_PATH: Final = "/data"
_NEVER_CACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LATER: Final = 503


def door_routes(door: Door) -> list[Route]:
    async def data(request: Request) -> Response:
        return _slice(request, await door.open(*asked(request)), door)

    async def passport(request: Request) -> Response:
        release = await door.look(*asked(request))
        return Response(release.passport, media_type="application/jose", headers=_NEVER_CACHED)

    async def chunks(request: Request) -> Response:
        release = await door.look(*asked(request))
        try:
            digests = await asyncio.to_thread(beside(Path(release.path)).read_bytes)
        except OSError:  # whoever fetches it can do without
            return _refused(404)
        return Response(digests, media_type="application/octet-stream", headers=_NEVER_CACHED)

    return [
        Route(DATA_PATH + "/{id}/chunks", guarded(chunks), methods=["GET"]),
        Route(DATA_PATH + "/{id}/passport", guarded(passport), methods=["GET"]),
        Route(DATA_PATH + "/{id}", guarded(data), methods=["GET", "HEAD"]),
    ]


def asked(request: Request) -> tuple[str, str]:
    """Transfer and authorization of a request for data, or with data."""
    return request.path_params["id"], request.headers.get("authorization", "")


def _slice(request: Request, parcel: Parcel, door: Door) -> Response:
    """The bytes that are asked for, whatever their number; RFC 9530 digest of the whole."""
    release = parcel.release.release
    digest = base64.b64encode(bytes.fromhex(release.digest.removeprefix("sha256:"))).decode()
    headers = {
        **_NEVER_CACHED,
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Type": media_of(release.format),
        "Content-Disposition": f'attachment; filename="data.{release.format}"',
    }
    whole = Whole(Path(parcel.release.path), parcel.file.st_size, release.digest)
    answer = file_answer if release.format in TEXTS else FileSlice  # what is compressed already gains nothing
    return answer(request, whole, headers, door.watch(parcel.release.transfer).going)


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
