"""Reading a request's body within a limit."""

from __future__ import annotations

from starlette.requests import Request

from tegata.model.errors import ProtocolError


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. ProtocolError with status 413 as soon as it is longer than `limit` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise ProtocolError(f"the message is longer than {limit} bytes", status=413)
    return bytes(body)
