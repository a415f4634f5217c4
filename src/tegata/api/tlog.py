"""The published log over HTTP (C2SP tlog-tiles): static files, read-only, for everybody."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_body
from tegata.evidence.cosigning import KNOWN_HEADER, WITNESS_PATH
from tegata.evidence.published import CHECKPOINT, KEYS, ROLLS, PublishedLog, headers_of
from tegata.evidence.rolls import ROLLS_HEADER
from tegata.evidence.witness import Witness, header_of
from tegata.model.errors import ProtocolError, StoreError, VerificationError
from tegata.trust.key_history import split_notes
from tegata.wire.tlog import ADD_CHECKPOINT, MAX_REQUEST, SIZE_TYPE, read_submission

TLOG_PATH: Final = "/tlog"
_NUMBER = r"(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
_TILE = re.compile(rf"tile/(?:0|[1-9]|[1-5][0-9]|6[0-3]|entries)/{_NUMBER}")


def tlog_routes(published: PublishedLog) -> list[Route]:
    """`/tlog/checkpoint`, `/tlog/keys`, `/tlog/rolls` and the tiles, from wherever they lie."""

    async def fixed(request: Request) -> Response:
        return await _file(published, request.url.path.removeprefix(f"{TLOG_PATH}/"))

    async def tile(request: Request) -> Response:
        path = "tile/" + request.path_params["path"]
        return await _file(published, path) if _TILE.fullmatch(path) else Response(status_code=404)

    return [
        *(Route(f"{TLOG_PATH}/{name}", fixed, methods=["GET"]) for name in (CHECKPOINT, KEYS, ROLLS)),
        Route(f"{TLOG_PATH}/tile/{{path:path}}", tile, methods=["GET"]),
    ]


def witness_routes(witness: Witness) -> list[Route]:
    """`/tlog/witness/add-checkpoint` (C2SP tlog-witness). The signature of the log is all that authenticates."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            submission = read_submission(await read_body(request, MAX_REQUEST))
            found = await witness.add_checkpoint(submission, _rolls(request.headers.get(ROLLS_HEADER, "")))
        except ProtocolError as error:
            return Response(status_code=error.status)
        except StoreError:
            return _later()
        if isinstance(found, str):
            return Response(found, media_type="text/plain; charset=utf-8")
        known = {KNOWN_HEADER: header_of(found.known)} if found.known else {}
        return Response(f"{found.size}\n", found.status, headers={"Content-Type": SIZE_TYPE, **known})

    return [Route(WITNESS_PATH + ADD_CHECKPOINT, add_checkpoint, methods=["POST"])]


def _rolls(header: str) -> tuple[str, ...]:
    """What a log shows of the keys that it had; nothing where it cannot be read."""
    try:
        return split_notes(base64.b64decode(header, validate=True).decode()) if header else ()
    except (binascii.Error, UnicodeDecodeError, VerificationError):
        return ()


async def _file(published: PublishedLog, path: str) -> Response:
    try:
        data = await asyncio.to_thread(published.fetch, path)
    except StoreError:
        return _later()
    return Response(data, headers=headers_of(path)) if data else Response(status_code=404)


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": "1"})
