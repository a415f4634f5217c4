"""A file of a release on its way out: whole or by ranges, block by block as long as its door is open."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from tegata.doors.guard import Guard, Opened
from tegata.doors.renditions import Item
from tegata.model.base import t
from tegata.model.errors import ProtocolError, TegataError

_STATUS: Final = {"input": 422, "store": 503}
NEVER_CACHED: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


Handler = Callable[[Request], Awaitable[Response]]

_FAULT: Final = TegataError(t("the node failed to do this", "ノードの処理が失敗しました"))
_log = structlog.get_logger("tegata.doors")


def answering(handle: Handler, refused: Callable[[int, TegataError], Response]) -> Handler:
    """Answers every failure in the shape that the tools of a door understand; `refused` gives it that."""

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except TegataError as error:
            status = error.status if isinstance(error, ProtocolError) else _STATUS.get(error.code, 400)
            _log.info("door.refused", path=request.url.path, status=status, what=str(error))
            return refused(status, error)
        except Exception:  # noqa: BLE001 - a fault of ours, told in the same form as every other answer
            _log.exception("door.failed", path=request.url.path)
            return refused(500, _FAULT)

    return answer


async def handed_out(guard: Guard, opened: Opened, item: Item, headers: dict[str, str] | None = None) -> Response:
    """The answer with a file. It is counted, and recorded, before the first byte. Raises as `Guard.hand_out` does."""
    await guard.hand_out(opened, item.name)
    try:
        found = os.stat(item.path)
    except OSError:
        raise ProtocolError(t("the data is lost", "データが失われました"), status=410) from None
    digest = base64.b64encode(bytes.fromhex(item.digest.removeprefix("sha256:"))).decode()
    said = {**NEVER_CACHED, "ETag": item.etag, "Repr-Digest": f"sha-256=:{digest}:", **(headers or {})}
    return _WhileOpen(guard, opened.key.transfer, item.path, stat_result=found, media_type=item.media, headers=said)


def attachment(name: str) -> dict[str, str]:
    """The name under which a browser keeps a file (RFC 6266), in any script (RFC 8187, which replaces RFC 5987)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


class _WhileOpen(FileResponse):
    """Whoever is cut off sees fewer bytes than were announced, and the connection closed."""

    def __init__(self, guard: Guard, transfer: str, path: Any, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._guard, self._transfer = guard, transfer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_while_open(message: Message) -> None:
            if message["type"] == "http.response.body" and not await self._guard.still_open(self._transfer):
                raise _ShutError
            await send(message)

        with contextlib.suppress(_ShutError, FileNotFoundError):
            await super().__call__(scope, receive, send_while_open)


class _ShutError(Exception):
    """The door was shut while bytes went out."""
