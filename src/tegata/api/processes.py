"""Negotiations and transfers as the operator sees and steers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.contracts import Contracts
from tegata.model.base import Noun, Text, t
from tegata.model.errors import UsageError
from tegata.store import Store, Transaction
from tegata.transfer import Transfers

_PAGE: Final = 100
_BY_HAND: Final = t("the operator decided so", "運用者の判断によります")

Answer = tuple[int, Any]
Row = tuple[str, str, Callable[[Request], Awaitable[Answer]]]
Services = Mapping[str, Contracts | Transfers]


class Order(Noun, frozen=True, kw_only=True):
    """An order to a process; the peer is told the reason."""

    reason: str = ""


def process_table(store: Store, services: Services) -> tuple[Row, ...]:
    """Methods, paths and handlers."""
    rows: list[Row] = []
    for kind, service in services.items():
        routes = _Processes(store, service)
        rows += [
            ("GET", f"/v1/{kind}", routes.listing),
            ("GET", f"/v1/{kind}/{{id}}", routes.show),
            ("POST", f"/v1/{kind}/{{id}}/{{order}}", routes.order),
        ]
    return tuple(rows)


class _Processes:
    """The handlers for one kind."""

    def __init__(self, store: Store, service: Contracts | Transfers) -> None:
        self._store = store
        self._service = service

    async def listing(self, request: Request) -> Answer:
        """In the order of ids; in one state, where one is named."""
        state, after = (request.query_params.get(name, "") for name in ("state", "after"))
        return 200, await self._store.read(lambda tx: self._service.listed(tx, state, after, _PAGE))

    async def show(self, request: Request) -> Answer:
        process = request.path_params["id"]
        return 200, await self._store.read(lambda tx: self._known(tx, process))

    async def order(self, request: Request) -> Answer:
        process, order = request.path_params["id"], request.path_params["order"]
        reason = (await read_noun(request, Order)).reason
        said = Text(en=reason, ja=reason) if reason else _BY_HAND
        return 200, await self._store.write(lambda tx: self._service.order(tx, process, order, said))

    def _known(self, tx: Transaction, process: str) -> Any:
        found = self._service.find(tx, process)
        if found is None:
            raise UsageError(t(f"there is no `{process}`", f"`{process}` はありません"))
        return found
