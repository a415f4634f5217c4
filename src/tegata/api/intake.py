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

INTAKE_PATH: Final = "/intake"


def intake_routes(intake: Intake) -> list[Route]:
    """Nothing is read before the token is known to be right."""

    async def passport(request: Request) -> Response:
        await intake.admit(*asked(request))
        body = await read_body(request, MAX_PASSPORT)
        await intake.take_passport(*asked(request), body.decode("ascii", "replace").strip())
        return _taken()

    async def data(request: Request) -> Response:
        await intake.take(*asked(request), _announced(request), read_blocks(request))
        return _taken()

    return [
        Route(INTAKE_PATH + "/{id}/passport", guarded(passport), methods=["POST"]),
        Route(INTAKE_PATH + "/{id}", guarded(data), methods=["POST"]),
    ]


def _announced(request: Request) -> int:
    """The size of the body, 0 when it is not told. The server has checked that it is a number."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProtocolError("nothing is taken in compressed form", status=415)
    return int(request.headers.get("content-length", "0"))


def _taken() -> Response:
    return Response(status_code=200)
