"""The doors in the operator's interface."""

from __future__ import annotations

from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.api.management import language_of
from tegata.api.processes import Answer, Row
from tegata.doors.desk import DoorsDesk, NewLink


def doors_table(desk: DoorsDesk) -> tuple[Row, ...]:
    """Methods, paths and handlers."""

    async def show(request: Request) -> Answer:
        return 200, await desk.show(request.path_params["id"], language_of(request))

    async def link(request: Request) -> Answer:
        return 201, await desk.link(await read_noun(request, NewLink), language_of(request))

    return ("GET", "/v1/doors/{id}", show), ("POST", "/v1/links", link)
