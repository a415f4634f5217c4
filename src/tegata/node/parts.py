"""The composition root: the only place that knows every part of a node and puts them together."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from tegata import __version__
from tegata.admission import admitted
from tegata.apart import Apart
from tegata.api.budget import Budget
from tegata.api.door import DATA_PATH, door_routes
from tegata.api.intake import INTAKE_PATH, intake_routes
from tegata.api.log import LogServices
from tegata.api.management import ManagementServices, Self, management_routes
from tegata.api.protocol import DSP_PATH, ProtocolServices, protocol_routes
from tegata.api.tlog import tlog_routes, witness_routes
from tegata.catalog import Catalog, Places
from tegata.clock import Clock
from tegata.contracts import Contracts, Decider, stated
from tegata.doors.names import DOORS_PATH
from tegata.doors.parts import AllDoors
from tegata.evidence import EvidenceLog
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.rollback import look_back
from tegata.evidence.witness import Witness
from tegata.exchange import Answer, Courier, Home, Inbox, Worker
from tegata.identity import Authentication, TokenAuthentication
from tegata.ledger import Ledger
from tegata.model.base import t
from tegata.model.catalog import TOKENISE
from tegata.model.errors import InputError
from tegata.model.process import Message
from tegata.node.config import Limits, NodeConfig
from tegata.node.followers import Followers
from tegata.node.identity import check_key
from tegata.outbound import Outbound
from tegata.rules import Pack, builtin_packs, packs_beside
from tegata.store import Store, Transaction
from tegata.transfer import Acquisitions, KeyRing, Transfers
from tegata.transfer.whose import Whose
from tegata.trust import MlDsaKey, SigningKey, derive_key
from tegata.vault.vaults import Vaults


@dataclass(frozen=True)
class Secrets:
    """What a node keeps to itself. None of it can be printed."""

    key: SigningKey
    pseudonyms: bytes = field(repr=False)
    token: str = field(repr=False)


class Node:
    """A node that is put together over an open store, and not yet running.

    Args:
        authentication: how participants prove who they are; without it self-signed tokens.
        outbound: the way to other nodes; without it the gate that the settings describe.
    """

    def __init__(
        self,
        folder: Path,
        config: NodeConfig,
        store: Store,
        keys: Secrets,
        clock: Clock,
        authentication: Authentication | None = None,
        outbound: Outbound | None = None,
    ) -> None:
        self.store = store
        url = config.url.rstrip("/")
        self.outbound = outbound or Outbound(config.outbound.policy())
        tokens = authentication or TokenAuthentication(keys.key, clock)
        self.courier = Courier(store, clock, self.outbound, tokens, self._settle)
        self.worker = Worker(store, clock, self._step)
        evidence = EvidenceLog(keys.key, secrets.token_bytes)
        self._keys = LogKeys(keys.key, second_key(keys))
        self.followers = Followers(folder, config, store, evidence, self._keys, self.outbound, clock)
        self.witness = Witness(store, evidence, self._keys, clock)
        self._home = Home(store, evidence, self.courier, self.worker, clock, tokens, keys.key, url + DSP_PATH)
        self._inbox = Inbox(store, clock, tokens, evidence)
        packs = packs_of(config, folder, clock.now().date())
        own = stated(config.facts, "node-settings", party="provider")
        provider = {f"provider.{name}": fact for name, fact in own.items()}
        self._ledger = Ledger(packs, evidence, derive_key(keys.pseudonyms, "ledger", ""), provider)
        self._apart = Apart(config.apart_from_bytes)
        places = Places(self.outbound, config.limits.received_bytes, self._apart)
        salt = derive_key(keys.pseudonyms, "subjects", "")
        self._catalog = Catalog(store, evidence, clock, self._ledger, places, self._apart, salt)
        kept = config.vaults_in(folder)
        self._vaults = Vaults(kept) if kept is not None else None
        unable = () if self._vaults else (TOKENISE,)
        self._contracts = Contracts(self._home, Decider(packs, own, self._ledger, clock), unable=unable)
        access = KeyRing(derive_key(keys.pseudonyms, "doors", ""))
        self._transfers = self._transfers_of(config, folder, keys, access)
        self._budget = _budget(store, clock, config.limits)
        self.doors = AllDoors(
            self._home, access, self._transfers.handover, self._budget, self._contracts, url, config.flight.told
        )
        self._contracts.attend("consumer", "FINALIZED", self._transfers.consumer.request)
        self.protocol = self._protocol_app(config)
        self.management = self._management_app(config, keys.token)

    def background(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs beside the servers, for ever."""
        return self.courier.run(), self.worker.run(), self._inbox.forget(), self._transfers.vaults.watch()

    async def look_back(self) -> None:
        """Refuse to begin from a state that contradicts what this node has published, or its key. StoreError."""
        await self.store.read(lambda tx: check_key(tx, self._home.key.history))
        await self.store.read(lambda tx: look_back(tx, self._home.key.history, self.followers.tiles))

    def upkeep(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs beside the servers, for ever, for the sake of the log's second copy."""
        return self.followers.run()

    async def _step(self, process: str) -> None:
        await self._contracts.step(process) or await self._transfers.step(process)

    def _settle(self, tx: Transaction, message: Message, answer: Answer) -> None:
        if not self._contracts.settle(tx, message, answer):
            self._transfers.settle(tx, message, answer)

    def _transfers_of(self, config: NodeConfig, folder: Path, keys: Secrets, access: KeyRing) -> Transfers:
        url = config.url.rstrip("/")
        return Transfers(
            self._home,
            self.outbound,
            self._catalog,
            self._contracts,
            self._ledger,
            secret=keys.pseudonyms,
            data_url=url + DATA_PATH,
            doors_url=url + DOORS_PATH,
            flight_url=config.flight.told,
            keys=access,
            intake_url=url + INTAKE_PATH,
            folder=folder,
            vaults=self._vaults,
            certificate=_certificate_of(config, folder),
            most_received=config.limits.received_bytes,
            apart=self._apart,
        )

    def _protocol_app(self, config: NodeConfig) -> Starlette:
        services = ProtocolServices(
            store=self.store,
            inbox=self._inbox,
            catalog=self._catalog,
            contracts=self._contracts,
            transfers=self._transfers,
            budget=self._budget,
            own_did=self._home.did,
            own_url=self._home.url,
            max_message_bytes=config.max_message_bytes,
        )
        tlog = [*tlog_routes(self.followers.tiles), *witness_routes(self.witness)]
        data = [*door_routes(self._transfers.door), *intake_routes(self._transfers.intake)]
        return Starlette(routes=[*protocol_routes(services), *data, *self.doors.routes(), *tlog])

    def _log_services(self) -> LogServices:
        whose = Whose(self.store, self._catalog, self._transfers.consent)
        evidence, clock = self._home.evidence, self._home.clock
        more = self.followers
        return LogServices(self.store, evidence, more.tiles, self._keys, clock, more.lags, whose, more.validation.of)

    def _management_app(self, config: NodeConfig, token: str) -> Starlette:
        wishes = Acquisitions(self._home, self.outbound, self._contracts, self._transfers)
        services = ManagementServices(
            store=self.store,
            catalog=self._catalog,
            contracts=self._contracts,
            transfers=self._transfers,
            acquisitions=wishes,
            control=self._ledger.control,
            clock=self._home.clock,
            log=self._log_services(),
            witnesses=self.followers.public,
            more=self.doors.table(),
            own=Self(id=self._home.did, name=config.name, url=self._home.url, version=__version__),
            token=token,
        )
        return Starlette(routes=management_routes(services))


def _certificate_of(config: NodeConfig, folder: Path) -> str:
    """DER in base64; "" for none. InputError when it cannot be read."""
    if not config.certificate:
        return ""
    from tegata.trust.certificates import certificate_text

    return certificate_text(folder / config.certificate)


def _budget(store: Store, clock: Clock, limits: Limits) -> Budget:
    return Budget(store, clock, participant=limits.requests_per_participant, strangers=limits.requests_of_strangers)


def second_key(keys: Secrets) -> MlDsaKey:
    """The ML-DSA-44 key of the log: each key that its name was handed on to has another one beside it."""
    number = len(keys.key.history.rolls)
    return MlDsaKey(derive_key(keys.pseudonyms, "ml-dsa-44", f"{keys.key.did}#{number}" if number else keys.key.did))


def packs_of(config: NodeConfig, folder: Path, today: dt.date) -> tuple[Pack, ...]:
    """The packs that judge at this node: those of the package that it names, and its own beside them.

    Raises:
        InputError: a pack does not exist, cannot be loaded, has the id of another, or nobody vouches for it.
    """
    found = packs_beside(packs_named(config.packs), [folder / path for path in config.pack_folders])
    return admitted(found, config.pack_trust, today, config.pack_trust.in_folder(folder))


def packs_named(names: Sequence[str]) -> tuple[Pack, ...]:
    """The built-in packs of these ids. InputError names one that does not exist."""
    known = {pack.id: pack for pack in builtin_packs()}
    for name in names:
        if name not in known:
            raise InputError(
                t(f"there is no rule pack `{name}`", f"ルールパック `{name}` はありません"),
                hint=t(f"known packs: {', '.join(known)}", f"使えるパック: {', '.join(known)}"),
            )
    return tuple(known[name] for name in names)
