"""The intake over HTTPS: a provider brings a passport, then the data, to an address that was made for one transfer."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_blocks, read_body
from tegata.api.door import asked, guarded
from tegata.model.errors import ProtocolError
from tegata.transfer import Intake
from tegata.transfer.arrivals import MAX_PASSPORT
from tegata.transfer.chunks import MAX_CHUNKS
from tegata.transfer.intake import Coming
from tegata.wire.resumption import PARTIAL, read_offset, write_offset

INTAKE_PATH: Final = "/intake"


def intake_routes(intake: Intake) -> list[Route]:
    """Nothing is read before the token is known to be right."""

    async def passport(request: Request) -> Response:
        await intake.admit(*asked(request))
        body = await read_body(request, MAX_PASSPORT)
        await intake.take_passport(*asked(request), body.decode("ascii", "replace").strip())
        return _taken()

    async def chunks(request: Request) -> Response:
        await intake.admit(*asked(request))
        await intake.take_chunks(*asked(request), await read_body(request, MAX_CHUNKS))
        return _taken()

    async def data(request: Request) -> Response:
        await intake.take(*asked(request), Coming(0, _announced(request), read_blocks(request)))
        return _taken()

    async def rest(request: Request) -> Response:
        offset = read_offset(request.headers)
        if offset is None or request.headers.get("content-type") != PARTIAL:
            raise ProtocolError("it is not said where this begins", status=400)
        await intake.take(*asked(request), Coming(offset.bytes, _announced(request), read_blocks(request)))
        return _taken()

    async def offset(request: Request) -> Response:
        found = await intake.offset(*asked(request))
        return Response(status_code=204, headers={"Cache-Control": "no-store", **write_offset(found)})

    return [
        Route(INTAKE_PATH + "/{id}/passport", guarded(passport), methods=["POST"]),
        Route(INTAKE_PATH + "/{id}/chunks", guarded(chunks), methods=["POST"]),
        Route(INTAKE_PATH + "/{id}", guarded(data), methods=["POST"]),
        Route(INTAKE_PATH + "/{id}", guarded(rest), methods=["PATCH"]),
        Route(INTAKE_PATH + "/{id}", guarded(offset), methods=["HEAD"]),
    ]


def _announced(request: Request) -> int:
    """The size of the body, 0 when it is not told. The server has checked that it is a number."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProtocolError("nothing is taken in compressed form", status=415)
    return int(request.headers.get("content-length", "0"))


def _taken() -> Response:
    return Response(status_code=200)
