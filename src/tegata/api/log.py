"""The evidence log as the operator sees it: audit, entries of one thing, and making one unreadable."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.api.processes import Answer, Row
from tegata.clock import Clock
from tegata.evidence import EvidenceLog, TileFolder, check_evidence
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.erasure import erase, readable
from tegata.evidence.package import Question, make_package
from tegata.evidence.stamping import TimeStamping
from tegata.evidence.witness import forks_found
from tegata.log import is_commitment, write_vkey
from tegata.log.note import ED25519
from tegata.model.base import Noun, t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Store, Transaction, releases, witnesses
from tegata.store import log as rows
from tegata.transfer.witnessing import lags
from tegata.trust import PublicKey
from tegata.trust.credential import issue_credential


class Erasure(Noun, frozen=True, kw_only=True):
    """Which entry is to become unreadable, and on what ground. Without `apply` nothing is done."""

    index: int
    reason: str
    apply: bool = False


@dataclass(frozen=True)
class LogServices:
    """The log of this node and its second copy."""

    store: Store
    evidence: EvidenceLog
    folder: TileFolder
    keys: LogKeys
    clock: Clock
    stamping: TimeStamping


def log_table(services: LogServices) -> tuple[Row, ...]:
    """Methods, paths and handlers."""
    log = _Log(services)
    return (
        ("GET", "/v1/log", log.listing),
        ("GET", "/v1/log/witnesses", log.witnesses),
        ("GET", "/v1/log/forks", log.forks),
        ("GET", "/v1/log/time-stamps", log.time_stamps),
        ("POST", "/v1/log/check", log.check),
        ("POST", "/v1/log/erase", log.erase),
        ("POST", "/v1/log/package", log.package),
        ("GET", "/v1/log/credential", log.credential),
    )


class _Log:
    def __init__(self, services: LogServices) -> None:
        self._s = services

    async def listing(self, request: Request) -> Answer:
        subject = request.query_params.get("subject", "")
        return 200, await self._s.store.read(lambda tx: _of_subject(tx, subject))

    async def witnesses(self, _: Request) -> Answer:
        return 200, await self._s.store.read(lambda tx: _witnesses(tx, self._s.keys.first.public))

    async def time_stamps(self, _: Request) -> Answer:
        return 200, await self._s.store.read(self._s.stamping.lags)

    async def forks(self, _: Request) -> Answer:
        return 200, await self._s.store.read(forks_found)

    async def check(self, _: Request) -> Answer:
        return 200, await self._s.store.read(lambda tx: check_evidence(tx, self._s.keys.first.public, self._s.folder))

    async def erase(self, request: Request) -> Answer:
        wanted = await read_noun(request, Erasure)
        if not wanted.reason.strip():
            raise UsageError(t("an erasure needs a reason", "消去には理由が必要です"))
        now = self._s.clock.now()
        if wanted.apply:
            entry = await self._s.store.write(lambda tx: erase(tx, self._s.evidence, wanted.index, wanted.reason, now))
        else:
            entry = await self._s.store.read(lambda tx: readable(tx, wanted.index))
        return 200, {"index": wanted.index, "entry": entry, "erased": wanted.apply}

    async def package(self, request: Request) -> Answer:
        question = await read_noun(request, Question)
        at = self._s.clock.now()
        made = await self._s.store.write(lambda tx: make_package(tx, self._s.evidence, self._s.keys, question, at))
        return 200, {"package": base64.b64encode(made).decode()}

    async def credential(self, request: Request) -> Answer:
        transfer = request.query_params.get("transfer", "")
        release = await self._s.store.read(lambda tx: releases.get(tx, transfer))
        if release is None or not release.passport:
            raise UsageError(t(f"`{transfer}` has no passport here", f"`{transfer}` の手形はここにありません"))
        return 200, {"credential": issue_credential(release.passport, self._s.keys.first)}


def _witnesses(tx: Transaction, key: PublicKey) -> dict[str, Any]:
    """Who cosigns our checkpoints, and up to which size; the key by which a public witness has to know this log; and
    the transfers that wait for witnesses."""
    return {
        "size": rows.size(tx),
        "vkey": write_vkey(key.did, ED25519, key.raw),
        "witnesses": witnesses.cosigners(tx),
        "waiting": lags(tx, key),
    }


def _of_subject(tx: Transaction, subject: str) -> list[dict[str, Any]]:
    return [
        {"index": index, "entry": msgspec.json.decode(data, type=Entry)}
        for index, data in rows.of_subject(tx, subject)
        if not is_commitment(data)
    ]
