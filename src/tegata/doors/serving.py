"""A file of a release on its way out: whole or by ranges, block by block as long as its door is open."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response

from tegata.api.slices import FileSlice
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


async def handed_out(
    request: Request, guard: Guard, opened: Opened, item: Item, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    """The answer with a file, or what is asked for of it. That it leaves is counted, and recorded, before the first
    byte; to ask how long it is counts for nothing. Raises as `Guard.hand_out` does."""
    if request.method != "HEAD":
        await guard.hand_out(opened, item.name)
    digest = base64.b64encode(bytes.fromhex(item.digest.removeprefix("sha256:"))).decode()
    said = {**NEVER_CACHED, "Repr-Digest": f"sha-256=:{digest}:", "Content-Type": item.media, **headers}
    return FileSlice(request, item.whole, said, guard.going(opened))


def attachment(name: str) -> dict[str, str]:
    """The name under which a browser keeps a file (RFC 6266), in any script (RFC 8187, which replaces RFC 5987)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
