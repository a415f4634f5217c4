"""The published log over HTTP (C2SP tlog-tiles): static files, read-only, for everybody."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tegata.evidence import TileFolder
from tegata.evidence.folder import CHECKPOINT

TLOG_PATH: Final = "/tlog"
_NUMBER = r"(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
_TILE = re.compile(rf"tile/(?:0|[1-9]|[1-5][0-9]|6[0-3]|entries)/{_NUMBER}")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_A_MOMENT: Final = "public, max-age=1"


def tlog_routes(folder: TileFolder) -> list[Route]:
    """`/tlog/checkpoint` may be a second old; tiles and bundles never change."""

    async def checkpoint(_: Request) -> Response:
        return _file(folder, CHECKPOINT, "text/plain; charset=utf-8", _A_MOMENT)

    async def tile(request: Request) -> Response:
        path = "tile/" + request.path_params["path"]
        if not _TILE.fullmatch(path):
            return Response(status_code=404)
        return _file(folder, path, "application/octet-stream", _FOR_EVER)

    return [
        Route(f"{TLOG_PATH}/checkpoint", checkpoint, methods=["GET"]),
        Route(f"{TLOG_PATH}/tile/{{path:path}}", tile, methods=["GET"]),
    ]


def _file(folder: TileFolder, path: str, media_type: str, caching: str) -> Response:
    file = folder.folder / path
    if not file.is_file():
        return Response(status_code=404)
    return FileResponse(file, media_type=media_type, headers={"Cache-Control": caching})
