"""Reading a request's body within limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from tegata.model.base import Noun, t
from tegata.model.errors import InputError, ProtocolError

BODY_SECONDS: Final = 30.0
_MANAGEMENT_LIMIT: Final = 1 << 20
_BLOCK: Final = 64 << 10

N = TypeVar("N", bound=Noun)


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises:
        ProtocolError: status 413 as soon as it is longer than `limit` bytes, 408 after BODY_SECONDS without its end,
            400 when the sender goes away before its end.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise ProtocolError(f"the message is longer than {limit} bytes", status=413)
    except ClientDisconnect:
        raise ProtocolError("the message broke off") from None
    except TimeoutError:
        raise ProtocolError("the message does not come to its end", status=408) from None
    return bytes(body)


async def read_blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in blocks of 64 KiB or more, while it comes.

    Raises:
        ProtocolError: status 408 when a block does not come within BODY_SECONDS, 400 when the sender goes away.
    """
    parts = request.stream()
    while block := await _block(parts):
        yield block


async def _block(parts: AsyncIterator[bytes]) -> bytes:
    """The next block, empty at the end. The time is for all of it: a trickle is no progress."""
    block = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in parts:
                block += part
                if len(block) >= _BLOCK:
                    break
    except ClientDisconnect:
        raise ProtocolError("the data broke off") from None
    except TimeoutError:
        raise ProtocolError("the data does not come to its end", status=408) from None
    return bytes(block)


async def read_noun(request: Request, kind: type[N]) -> N:
    """What the operator asks for. InputError when it does not read."""
    try:
        return msgspec.json.decode(await read_body(request, _MANAGEMENT_LIMIT), type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(t("the request does not read", "要求を読めません"), why=str(error)) from None
