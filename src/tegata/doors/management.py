"""The doors in the operator's interface."""

from __future__ import annotations

from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.api.processes import Answer, Row
from tegata.doors.desk import DoorsDesk, NewLink
from tegata.model.base import Language


def doors_table(desk: DoorsDesk) -> tuple[Row, ...]:
    """Methods, paths and handlers."""

    async def show(request: Request) -> Answer:
        return 200, await desk.show(request.path_params["id"], _language(request))

    async def link(request: Request) -> Answer:
        return 201, await desk.link(await read_noun(request, NewLink), _language(request))

    return ("GET", "/v1/doors/{id}", show), ("POST", "/v1/links", link)


def _language(request: Request) -> Language:
    return "ja" if request.headers.get("accept-language", "").startswith("ja") else "en"
