"""An authority over HTTP (RFC 3161 section 3.4)."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.trust.timestamp import ANSWER_TYPE, MAX_REQUEST, REQUEST_TYPE
from tegata.tsa.service import TimeStampService


def tsa_app(service: TimeStampService) -> Starlette:
    """POST a request to `/` or `/tsr`."""

    async def answer(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != REQUEST_TYPE:
            return Response(f"send {REQUEST_TYPE}\n", status_code=415)
        body = b""
        async for block in request.stream():
            body += block
            if len(body) > MAX_REQUEST:
                return Response("the request is too long\n", status_code=413)
        return Response(await service.answer(body), media_type=ANSWER_TYPE)

    return Starlette(routes=[Route(path, answer, methods=["POST"]) for path in ("/", "/tsr")])
