"""What a release tells, as it was measured before it left: for the operator whose data it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.store import Store, releases

Answer = tuple[int, Any]
Row = tuple[str, str, Callable[[Request], Awaitable[Answer]]]


def risk_table(store: Store) -> tuple[Row, ...]:
    """Methods, paths and handlers."""

    async def show(request: Request) -> Answer:
        transfer = request.path_params["id"]
        found = await store.read(lambda tx: releases.get(tx, transfer))
        if found is None:
            raise UsageError(
                t(f"nothing has been released in `{transfer}`", f"`{transfer}` ではまだ何も提供していません"),
                hint=t(
                    "`tegata node transfers list` shows the transfers; this node must be the provider",
                    "転送の一覧は `tegata node transfers list` で表示します。提供者側のノードで実行してください",
                ),
            )
        return 200, found.release

    return (("GET", "/v1/transfers/{id}/risk", show),)
