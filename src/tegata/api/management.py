"""The operator's interface: JSON on loopback behind the node's token. Errors are problem documents (RFC 9457)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.api.body import read_noun
from tegata.api.consent import consent_table
from tegata.api.log import LogServices, log_table
from tegata.api.metrics import metrics_table
from tegata.api.processes import Answer, Row, process_table
from tegata.api.registry import registry_table
from tegata.api.risk import risk_table
from tegata.catalog import Catalog
from tegata.clock import Clock
from tegata.contracts import Asked, Contracts, stated
from tegata.evidence import recorded
from tegata.evidence.public_witness import PublicWitness, quorum_among
from tegata.identity import peers
from tegata.ledger import CommonControl, control_from, report
from tegata.model.base import Language, Noun, Text, encode, t
from tegata.model.catalog import Participant, Quorum, UseLimits
from tegata.model.decision import FactValue
from tegata.model.errors import TegataError, UsageError
from tegata.store import Store, Transaction, datasets, decisions, participants
from tegata.transfer import Acquisitions, Transfers
from tegata.transfer.limits import LEAST_RATE

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_STATUS: Final = {"usage": 400, "input": 400, "fact": 400, "pack": 400, "store": 503, "peer": 502, "outbound": 403}
_log = structlog.get_logger("tegata.management")

_FAULT: Final = TegataError(
    t("the node failed to do this", "ノードの処理が失敗しました"),
    hint=t("its log has the cause", "原因はノードのログにあります"),
)


class NewDataset(Noun, frozen=True, kw_only=True):
    path: str
    title: Text
    description: Text
    facts: dict[str, FactValue] = {}
    conditions: tuple[Asked, ...] = ()
    limits: UseLimits = UseLimits()
    witnesses: Quorum | None = None  # public ones by the names of their keys


class NewParticipant(Noun, frozen=True, kw_only=True):
    id: str
    name: str
    url: str = ""
    group: str = ""
    gives_passports: bool = True
    facts: dict[str, FactValue] = {}


class Find(Noun, frozen=True, kw_only=True):
    peer: str
    query: str = ""


class NewAcquisition(Noun, frozen=True, kw_only=True):
    peer: str
    dataset: str
    push: bool = False  # the peer is to bring the data
    doors: bool = False  # the data is to stay there, and be opened with an access key
    certificate: str = ""  # DER in base64, for whose key the peer is to encrypt


class NewOffer(Noun, frozen=True, kw_only=True):
    peer: str
    dataset: str


class NewControl(Noun, frozen=True, kw_only=True):
    path: str  # of an ownership file
    dry_run: bool = False


class Self(Noun, frozen=True, kw_only=True):
    """This node as it presents itself."""

    id: str
    name: str
    url: str
    version: str


@dataclass(frozen=True)
class ManagementServices:
    """What the routes call."""

    store: Store
    catalog: Catalog
    contracts: Contracts
    transfers: Transfers
    acquisitions: Acquisitions
    control: CommonControl
    clock: Clock
    log: LogServices
    own: Self
    witnesses: Sequence[PublicWitness]
    """Those of the settings."""
    more: tuple[Row, ...]
    """Routes of what stands above this package."""
    token: str = field(repr=False)


def management_routes(services: ManagementServices) -> list[Route]:
    management = _Management(services)
    table: tuple[Row, ...] = (
        ("GET", "/v1/self", management.show_self),
        ("GET", "/v1/datasets", management.list_datasets),
        ("POST", "/v1/datasets", management.publish),
        ("GET", "/v1/participants", management.list_participants),
        ("POST", "/v1/participants", management.register),
        ("GET", "/v1/control", management.show_control),
        ("POST", "/v1/control", management.load_control),
        ("POST", "/v1/find", management.find),
        ("POST", "/v1/acquisitions", management.acquire),
        ("GET", "/v1/acquisitions/{id}", management.show_acquisition),
        ("POST", "/v1/acquisitions/{id}/again", management.acquire_again),
        ("POST", "/v1/negotiations", management.propose),
        ("GET", "/v1/decisions", management.list_decisions),
        ("GET", "/v1/decisions/{digest}", management.show_decision),
    )
    table += log_table(services.log) + registry_table(services.log) + services.more
    table += metrics_table(services.store, services.clock, services.log.lags, services.log.waiting)
    table += risk_table(services.store) + consent_table(services.store, services.transfers)
    table += process_table(services.store, {"negotiations": services.contracts, "transfers": services.transfers})
    return [Route(path, _answering(services.token, handle), methods=[method]) for method, path, handle in table]


def _answering(token: str, handle: Callable[[Request], Awaitable[Answer]]) -> Callable[[Request], Awaitable[Response]]:
    expected = f"Bearer {token}"

    async def answer(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            return _problem(UsageError("the management token is missing or wrong"), 401, "en")
        try:
            status, document = await handle(request)
        except TegataError as error:
            return _problem(error, _STATUS.get(error.code, 400), language_of(request))
        except Exception:  # noqa: BLE001 - a fault of ours, told in the same form as every other problem
            _log.exception("management.failed", path=request.url.path)
            return _problem(_FAULT, 500, language_of(request))
        return document if isinstance(document, Response) else Response(encode(document), status, media_type=_JSON)

    return answer


def language_of(request: Request) -> Language:
    """In which the operator wants to be told."""
    return "ja" if request.headers.get("accept-language", "").startswith("ja") else "en"


def _problem(error: TegataError, status: int, language: Language) -> Response:
    what, why, hint = error.parts(language)
    _log.info("management.refused", status=status, what=str(error))
    document = {"type": "about:blank", "title": what, "detail": why, "hint": hint, "status": status, "code": error.code}
    return Response(msgspec.json.encode(document), status, media_type=_PROBLEM)


class _Management:
    """The handlers; each returns status and document."""

    def __init__(self, services: ManagementServices) -> None:
        self._s = services

    async def show_self(self, _: Request) -> Answer:
        return 200, self._s.own

    async def list_datasets(self, request: Request) -> Answer:
        after = request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 18:
            raise UsageError(t(f"`{after}` is no place in the catalogue", f"`{after}` はカタログの位置ではありません"))
        page = await self._s.store.read(lambda tx: datasets.page(tx, after=int(after)))
        return 200, {"datasets": page.datasets, "next": page.next}

    async def publish(self, request: Request) -> Answer:
        new = await read_noun(request, NewDataset)
        facts = stated(new.facts, "publisher")
        witnesses = quorum_among(new.witnesses, self._s.witnesses) if new.witnesses else None
        terms = _kept_to(new.limits), witnesses, [asked.condition for asked in new.conditions]
        dataset = await self._s.catalog.publish(new.path, new.title, new.description, facts, *terms)
        nobody = Participant(id="", name="")
        offer = await self._s.store.read(lambda tx: self._s.contracts.offer(tx, dataset, nobody))
        return 201, {"dataset": dataset, "profile": dataset.profile, "offer": offer.id}

    async def list_participants(self, _: Request) -> Answer:
        return 200, await self._s.store.read(participants.all_known)

    async def register(self, request: Request) -> Answer:
        new = await read_noun(request, NewParticipant)
        facts = stated(new.facts, "participant-register", party="recipient")
        participant = Participant(
            id=new.id, name=new.name, url=new.url, group=new.group, gives_passports=new.gives_passports, facts=facts
        )
        return 201, await self._s.store.write(lambda tx: peers.admit(tx, participant))

    async def show_control(self, _: Request) -> Answer:
        return 200, await self._s.store.read(self._s.control.loaded)

    async def load_control(self, request: Request) -> Answer:
        wanted = await read_noun(request, NewControl)
        control = await asyncio.to_thread(control_from, Path(wanted.path))
        if wanted.dry_run:
            return 200, await self._s.store.read(lambda tx: report(tx, control))
        return 201, await self._s.store.write(lambda tx: self._s.control.load(tx, control, self._s.clock.now()))

    async def find(self, request: Request) -> Answer:
        wanted = await read_noun(request, Find)
        peer = await self._peer(wanted.peer)
        return 200, {"items": await self._s.acquisitions.find(peer, wanted.query)}

    async def acquire(self, request: Request) -> Answer:
        wanted = await read_noun(request, NewAcquisition)
        peer = await self._peer(wanted.peer)
        how = {"push": wanted.push, "doors": wanted.doors}
        return 202, await self._s.acquisitions.start(peer, wanted.dataset, **how, certificate=wanted.certificate)

    async def acquire_again(self, request: Request) -> Answer:
        return 202, await self._s.acquisitions.again(request.path_params["id"])

    async def propose(self, request: Request) -> Answer:
        new = await read_noun(request, NewOffer)
        peer, dataset = await self._peer(new.peer), await self._s.catalog.get(new.dataset)
        if dataset is None:
            raise UsageError(
                t(f"there is no data set `{new.dataset}`", f"データセット `{new.dataset}` はありません"),
                hint=t("publish it with `tegata publish`", "`tegata publish` で公開してください"),
            )
        return 202, await self._s.contracts.provider.propose(peer, dataset)

    async def show_acquisition(self, request: Request) -> Answer:
        return 200, await self._s.acquisitions.get(request.path_params["id"])

    async def list_decisions(self, request: Request) -> Answer:
        query = request.query_params
        dataset, participant = query.get("dataset", ""), query.get("participant", "")
        return 200, await self._s.store.read(lambda tx: _decisions(tx, dataset, participant))

    async def show_decision(self, request: Request) -> Answer:
        digest = request.path_params["digest"]
        decision = await self._s.store.read(lambda tx: decisions.get(tx, digest))
        if decision is None:
            raise UsageError(t(f"there is no decision `{digest}`", f"判定 `{digest}` はありません"))
        return 200, {"digest": digest, "decision": decision}

    async def _peer(self, name: str) -> Participant:
        """A participant by did or registered name, with an address to reach it at."""
        known = await self._s.store.read(participants.all_known)
        found = [participant for participant in known if name in (participant.id, participant.name)]
        if len(found) != 1 or not found[0].url:
            raise UsageError(
                t(
                    f"no participant `{name}` with an address is registered",
                    f"アドレスのある参加者 `{name}` は未登録です",
                ),
                hint=t("register it with `tegata node peer add`", "`tegata node peer add` で登録してください"),
            )
        return found[0]


def _kept_to(limits: UseLimits) -> UseLimits:
    """Limits that can be kept to. UsageError for a rate at which a reader would take the connection for dead."""
    if 0 < limits.bytes_per_second < LEAST_RATE:
        raise UsageError(
            t(
                f"{limits.bytes_per_second} bytes a second are too few",
                f"毎秒 {limits.bytes_per_second} バイトでは不足です",
            ),
            hint=t(f"allow at least {LEAST_RATE}", f"{LEAST_RATE} 以上にしてください"),
        )
    return limits


def _decisions(tx: Transaction, dataset: str, participant: str) -> list[dict[str, Any]]:
    """Decisions as the log recorded them, oldest first; an empty argument matches everything."""
    digests = [
        entry.body["decision"]
        for entry in recorded(tx)
        if entry.kind == "decision"
        and dataset in ("", entry.body["dataset"])
        and participant in ("", entry.body["participant"])
    ]
    return [{"digest": digest, "decision": decisions.get(tx, digest)} for digest in digests]
