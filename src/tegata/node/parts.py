"""The composition root: the only place that knows every part of a node and puts them together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette

from tegata import __version__
from tegata.api.door import DATA_PATH, door_routes
from tegata.api.management import ManagementServices, Self, management_routes
from tegata.api.protocol import DSP_PATH, ProtocolServices, protocol_routes
from tegata.catalog import Catalog
from tegata.clock import Clock
from tegata.contracts import Contracts, Decider, stated
from tegata.evidence import EvidenceLog
from tegata.exchange import Answer, Courier, Inbox, Worker
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.process import Message
from tegata.node.config import NodeConfig
from tegata.outbound import Outbound, OutboundPolicy
from tegata.rules import Pack, builtin_packs
from tegata.store import Store, Transaction
from tegata.transfer import Acquisitions, Door, Transfers
from tegata.trust import SigningKey, derive_key


@dataclass(frozen=True)
class Node:
    """A node that is put together and not yet running. `unfinished`: processes that a restart has to look at."""

    store: Store
    outbound: Outbound
    courier: Courier
    worker: Worker
    protocol: Starlette
    management: Starlette
    unfinished: Callable[[Transaction], list[str]]


@dataclass(frozen=True)
class Secrets:
    """What a node keeps to itself. None of it can be printed."""

    key: SigningKey
    pseudonyms: bytes = field(repr=False)
    token: str = field(repr=False)


def build(folder: Path, config: NodeConfig, store: Store, keys: Secrets, clock: Clock) -> Node:
    """Put a node together over an open store."""
    key, url = keys.key, config.url.rstrip("/")
    base = url + DSP_PATH
    outbound = Outbound(OutboundPolicy(allow_http=config.outbound.allow_http, networks=config.outbound.networks))
    evidence = EvidenceLog(key, secrets.token_bytes)
    courier = Courier(store, clock, outbound, key, lambda tx, message, answer: settle(tx, message, answer))
    catalog = Catalog(store, evidence, clock, derive_key(keys.pseudonyms, "subjects", ""))
    decider = Decider(packs_named(config.packs), stated(config.facts, "node-settings", party="provider"), clock)
    contracts = Contracts(store, evidence, courier, clock, decider, own_did=key.did, own_url=base)
    moving = Transfers(
        store,
        evidence,
        courier,
        clock,
        outbound,
        catalog,
        contracts,
        key=key,
        secret=keys.pseudonyms,
        own_url=base,
        data_url=url + DATA_PATH,
        folder=folder,
    )

    async def step(process: str) -> None:
        await contracts.step(process)
        await moving.step(process)

    worker = Worker(step)

    def settle(tx: Transaction, message: Message, answer: Answer) -> None:
        contracts.settle(tx, message, answer) or moving.settle(tx, message, answer)

    inbox = Inbox(store, clock, key.did)
    protocol = ProtocolServices(
        store=store,
        inbox=inbox,
        catalog=catalog,
        contracts=contracts,
        transfers=moving,
        touch=worker.touch,
        own_did=key.did,
        own_url=base,
        max_message_bytes=config.max_message_bytes,
    )
    management = ManagementServices(
        store=store,
        catalog=catalog,
        contracts=contracts,
        acquisitions=Acquisitions(store, clock, outbound, contracts, moving, key),
        log_key=key.public,
        own=Self(id=key.did, name=config.name, url=base, version=__version__),
        token=keys.token,
    )
    return Node(
        store=store,
        outbound=outbound,
        courier=courier,
        worker=worker,
        protocol=Starlette(routes=[*protocol_routes(protocol), *door_routes(Door(store))]),
        management=Starlette(routes=management_routes(management)),
        unfinished=lambda tx: contracts.unfinished(tx) + moving.unfinished(tx),
    )


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
