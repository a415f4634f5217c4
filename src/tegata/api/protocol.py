"""The Dataspace Protocol over HTTP: routes made from the endpoint table of `wire.dsp.paths`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_body
from tegata.api.budget import Budget
from tegata.catalog import Catalog
from tegata.contracts import Contracts
from tegata.exchange import Inbox, is_named, new_id
from tegata.identity import Sender, peers
from tegata.model.catalog import Dataset
from tegata.model.errors import ProtocolError, StoreError, TegataError
from tegata.store import Store, Transaction, datasets
from tegata.store.datasets import Page, Wanted
from tegata.store.received import Reply
from tegata.transfer import Transfers
from tegata.wire.dsp import catalog as dcat
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.dcat import CatalogRequestMessage, DataService
from tegata.wire.dsp.dcat import Dataset as Entry
from tegata.wire.dsp.errors import Family, error_body
from tegata.wire.dsp.filter import read_filter
from tegata.wire.dsp.paths import ENDPOINTS, VERSION, VERSIONS_PATH, Endpoint
from tegata.wire.link import write_links

DSP_PATH: Final = f"/dsp/{VERSION}"
_PAGE: Final = 25
"""Data sets on a page: each of them is decided on for the participant that asks."""
_AFTER, _BEFORE, _PLACE = "after", "before", re.compile("[0-9]{1,18}")
_JSON: Final = "application/json"
_LATER: Final = (429, 503)  # worth another try
_log = structlog.get_logger("tegata.protocol")

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class ProtocolServices:
    """What the routes call."""

    store: Store
    inbox: Inbox
    catalog: Catalog
    contracts: Contracts
    transfers: Transfers
    budget: Budget
    own_did: str
    own_url: str
    max_message_bytes: int


def protocol_routes(services: ProtocolServices) -> list[Route]:
    """One route per method and path; where both roles share a path, the process tells which role we have."""
    protocol = _Protocol(services)
    ordered = sorted(ENDPOINTS, key=lambda endpoint: (endpoint.path, endpoint.method))
    routes = [Route(VERSIONS_PATH, protocol.versions, methods=["GET"])]
    for (path, method), group in groupby(ordered, key=lambda endpoint: (endpoint.path, endpoint.method)):
        route = DSP_PATH + path.replace("{id}", "{id:path}" if method == "GET" else "{id}")
        routes.append(Route(route, _answering(protocol, list(group)), methods=[method]))
    return routes


def _answering(protocol: _Protocol, endpoints: list[Endpoint]) -> Handler:
    """A handler that answers every failure with the error body of its family."""
    family, handle = endpoints[0].family, protocol.handler(endpoints)

    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except ProtocolError as error:
            return _error(request, family, error)
        except StoreError as error:
            _log.error("store.failed", path=request.url.path, why=str(error))
            return _error(request, family, ProtocolError("this node cannot record anything now", status=503))
        except TegataError as error:
            return _error(request, family, ProtocolError(error.parts("en")[0]))
        except Exception:  # noqa: BLE001 - a fault of ours, told in the same form as every other answer
            _log.exception("request.failed", path=request.url.path)
            return _error(request, family, ProtocolError("this node failed to handle the message", status=500))

    return answer


def _error(request: Request, family: Family, error: ProtocolError) -> Response:
    """The error body with the process ids of the message that met the error, as far as it was read."""
    message = getattr(request.state, "message", None)
    ids = {name: getattr(message, name, UNSET) for name in ("provider_pid", "consumer_pid")}
    body = error_body(family, error, **{name: said for name, said in ids.items() if isinstance(said, str)})
    again = {"Retry-After": "1"} if error.status in _LATER else None
    return Response(codec.encode(body), error.status, media_type=_JSON, headers=again)


def _cursor(request: Request, limit: int) -> Callable[[Transaction, Wanted], Page]:
    """Reads the page of at most `limit` that a link of ours leads to. ProtocolError 400 for one that no link has."""
    query = request.query_params
    place = query.get(_AFTER, query.get(_BEFORE, "0"))
    if not _PLACE.fullmatch(place) or not query.keys() <= {_AFTER, _BEFORE} or len(query) > 1:
        raise ProtocolError("there is no such page", hint="follow the links of an earlier page")
    if _BEFORE in query:
        return lambda tx, wanted: datasets.page_before(tx, wanted, before=int(place), limit=limit)
    return lambda tx, wanted: datasets.page(tx, wanted, after=int(place), limit=limit)


def _their_pid(message: Any) -> str:
    """What the sender of a first message calls the process."""
    return str(message.provider_pid if isinstance(message, m.ContractOfferMessage) else message.consumer_pid)


class _Protocol:
    """The handlers."""

    def __init__(self, services: ProtocolServices) -> None:
        self._s = services
        self._service = DataService(id=services.own_did, endpoint_url=services.own_url)

    def handler(self, endpoints: list[Endpoint]) -> Handler:
        """What answers these endpoints, which share path and method."""
        first = endpoints[0]
        match first.family, first.method, first.first:
            case "catalog", "POST", _:
                return self.catalogue
            case "catalog", "GET", _:
                return self.dataset
            case family, "GET", _:
                return self._showing(family)
            case family, "POST", True:
                return self._opening(first)
            case family, _, _:
                return self._receiving(family, tuple({e.takes for e in endpoints if e.takes is not None}))

    async def versions(self, _: Request) -> Response:
        version = m.Version(
            version=VERSION, path=DSP_PATH, binding="HTTPS", identifier_type="did:key", service_id=self._s.own_did
        )
        return Response(codec.encode(m.VersionResponse(protocol_versions=(version,))), media_type=_JSON)

    # --- catalogue

    async def catalogue(self, request: Request) -> Response:
        sender, body = await self._sender(request)
        filter = read_filter(codec.decode(CatalogRequestMessage, body).message.filter)
        page_of = _cursor(request, min(_PAGE, filter.limit))
        await self._s.inbox.admit(sender)
        page, entries = await self._s.store.read(
            lambda tx: self._page(tx, sender.did, page_of(tx, Wanted(filter.text, filter.since)))
        )
        answer = dcat.catalog(self._s.own_did, self._service, entries, id=f"{self._s.own_did}#catalog")
        return Response(codec.encode(answer), media_type=_JSON, headers=self._links(page))

    async def dataset(self, request: Request) -> Response:
        sender, _ = await self._sender(request)
        await self._s.inbox.admit(sender)
        dataset = await self._s.catalog.get(request.path_params["id"])
        if dataset is None:
            raise ProtocolError("not found", status=404)
        (entry,) = await self._s.store.read(lambda tx: self._entries(tx, sender.did, [dataset]))
        return Response(codec.encode(dcat.root(entry)), media_type=_JSON)

    def _page(self, tx: Transaction, sender: str, page: Page) -> tuple[Page, list[Entry]]:
        return page, self._entries(tx, sender, page.datasets)

    def _entries(self, tx: Transaction, sender: str, page: Sequence[Dataset]) -> list[Entry]:
        """Data sets with what this participant is offered of each today."""
        peer = peers.find(tx, sender)
        return [
            dcat.entry(dataset, offer=self._s.contracts.offer(tx, dataset, peer), service=self._service)
            for dataset in page
        ]

    def _links(self, page: Page) -> dict[str, str]:
        """Where the pages beside this one are asked for, with the same message (catalog.binding.https.md)."""
        beside = {}
        if page.previous is not None:
            beside["previous"] = {_BEFORE: page.previous}
        if page.next is not None:
            beside["next"] = {_AFTER: page.next}
        url = self._s.own_url + "/catalog/request?"
        links = write_links({relation: url + urlencode(cursor) for relation, cursor in beside.items()})
        return {"Link": links} if links else {}

    # --- processes

    def _showing(self, family: Family) -> Handler:
        service = self._of(family)

        async def show(request: Request) -> Response:
            sender, _ = await self._sender(request)
            await self._s.inbox.admit(sender)
            process = request.path_params["id"]
            body = await self._s.store.read(lambda tx: service.show(tx, sender.did, process))
            return Response(body, media_type=_JSON)

        return show

    def _opening(self, endpoint: Endpoint) -> Handler:
        kind: Any = endpoint.takes
        service = self._of(endpoint.family)

        async def opening(request: Request) -> Response:
            process = new_id()

            def handle(tx: Transaction, sender: Sender, message: Any) -> Reply:
                return Reply(status=endpoint.success, body=service.open(tx, sender.did, process, message))

            return await self._exchange(request, (kind,), "", handle)

        return opening

    def _receiving(self, family: Family, kinds: tuple[Any, ...]) -> Handler:
        service = self._of(family)

        async def receiving(request: Request) -> Response:
            process = request.path_params["id"]

            def handle(tx: Transaction, sender: Sender, message: Any) -> Reply:
                return Reply(status=200, body=service.receive(tx, sender.did, process, message))

            def awaited(tx: Transaction, sender: Sender, message: Any) -> bool:
                return service.awaits(tx, sender.did, process, message)

            return await self._exchange(request, kinds, process, handle, awaited)

        return receiving

    async def _exchange(
        self,
        request: Request,
        kinds: tuple[Any, ...],
        about: str,
        handle: Callable[[Transaction, Sender, Any], Reply],
        awaited: Callable[[Transaction, Sender, Any], bool] | None = None,
    ) -> Response:
        """Authenticate, decode strictly, and give the message its effect once."""
        sender, body = await self._sender(request)
        received = codec.decode(kinds, body, max_bytes=self._s.max_message_bytes)
        message = request.state.message = received.message
        about = about or _their_pid(message)
        reply = await self._s.inbox.receive(
            sender,
            about,
            type(message).__name__,
            received.digest,
            lambda tx: handle(tx, sender, message),
            lambda tx: awaited is not None and awaited(tx, sender, message),
            named=is_named(message),
        )
        return Response(reply.body, reply.status, media_type=_JSON)

    async def _sender(self, request: Request) -> tuple[Sender, bytes]:
        """Who sent the request, and its body, within the budgets of both."""
        body = await read_body(request, self._s.max_message_bytes)
        sender = self._s.inbox.authenticate(request.headers.get("authorization", ""), body)
        await self._s.budget.spend(sender.did)
        return sender, body

    def _of(self, family: Family) -> Contracts | Transfers:
        return self._s.contracts if family == "negotiation" else self._s.transfers
