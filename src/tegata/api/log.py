"""The evidence log as the operator sees it: audit, entries of one thing, and making one unreadable."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.api.processes import Answer, Row
from tegata.api.works import Works
from tegata.clock import Clock
from tegata.evidence import EvidenceLog, PublishedLog, check_evidence
from tegata.evidence.answer import Person, Question, gather, outline
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.erasure import erase, readable
from tegata.evidence.lag import Lag
from tegata.evidence.package import make_package
from tegata.evidence.witness import forks_found
from tegata.log import is_commitment, write_vkey
from tegata.log.note import ED25519
from tegata.model.base import Noun, Progress, pretty, sha256, t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Store, Transaction, releases, witnesses
from tegata.store import log as rows
from tegata.transfer.whose import Whereabouts, Whose
from tegata.transfer.witnessing import waits
from tegata.trust import KeyHistory
from tegata.trust.credential import issue_credential


class Erasure(Noun, frozen=True, kw_only=True):
    """Which entry is to become unreadable, and on what ground. Without `apply` nothing is done."""

    index: int
    reason: str
    apply: bool = False


class WantedPerson(Noun, frozen=True, kw_only=True):
    """One person, by the value of a column that tells people apart. The value is kept nowhere."""

    column: str
    value: str


class WantedPackage(Noun, frozen=True, kw_only=True):
    """A question: about an id, or about a person. With `dry_run` only what the answer would hold is told."""

    about: str = ""
    person: WantedPerson | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    dry_run: bool = False
    work: str = ""  # a name under which `/v1/log/work` tells how far it has come


@dataclass(frozen=True)
class LogServices:
    """The log of this node and its second copy."""

    store: Store
    evidence: EvidenceLog
    tiles: PublishedLog
    keys: LogKeys
    clock: Clock
    lags: Callable[[Transaction], list[Lag]]
    """How far others have come with it."""
    whose: Whose
    proofs: Callable[[str], dict[str, bytes]]
    """What goes into a package for the sake of the time-stamps under its checkpoint."""

    def waiting(self, tx: Transaction) -> int:
        """How many releases wait for their witnesses, of the first hundred transfers that have not begun."""
        return len(waits(tx, self.keys.first.history))


def log_table(services: LogServices) -> tuple[Row, ...]:
    """Methods, paths and handlers."""
    log = _Log(services)
    return (
        ("GET", "/v1/log", log.listing),
        ("GET", "/v1/log/witnesses", log.witnesses),
        ("GET", "/v1/log/forks", log.forks),
        ("GET", "/v1/log/lags", log.lags),
        ("POST", "/v1/log/check", log.check),
        ("POST", "/v1/log/erase", log.erase),
        ("POST", "/v1/log/package", log.package),
        ("GET", "/v1/log/work", log.work),
        ("GET", "/v1/log/credential", log.credential),
    )


class _Log:
    def __init__(self, services: LogServices) -> None:
        self._s = services
        self._works = Works()

    async def listing(self, request: Request) -> Answer:
        subject = request.query_params.get("subject", "")
        return 200, await self._s.store.read(lambda tx: _of_subject(tx, subject))

    async def witnesses(self, _: Request) -> Answer:
        return 200, await self._s.store.read(lambda tx: _witnesses(tx, self._s.keys.first.history))

    async def lags(self, _: Request) -> Answer:
        return 200, await self._s.store.read(lambda tx: _lags(tx, self._s))

    async def forks(self, _: Request) -> Answer:
        return 200, await self._s.store.read(forks_found)

    async def check(self, _: Request) -> Answer:
        return 200, await self._s.store.read(lambda tx: check_evidence(tx, self._s.keys.first.history, self._s.tiles))

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
        wanted = await read_noun(request, WantedPackage)
        if bool(wanted.about) == (wanted.person is not None):
            raise UsageError(t("a question is about an id or about a person", "問いは id か個人のどちらかについてです"))
        with self._works.begun(wanted.work) as progress:
            return 200, await self._packed(wanted, progress)

    async def work(self, request: Request) -> Answer:
        return 200, self._works.far(request.query_params.get("name", ""))

    async def _packed(self, wanted: WantedPackage, progress: Progress) -> dict[str, Any]:
        question, ids, places = await self._asked(wanted)
        told = {"transfers": places, "question": question}
        if wanted.dry_run:
            found = await self._s.store.read(lambda tx: gather(tx, question, ids, progress)) if ids else {}
            return {**told, "holds": outline(found)}
        s, at, more = self._s, self._s.clock.now(), {"answer.json": pretty(places)} if wanted.person else {}
        parts = (s.store, s.evidence, s.keys, question, at)
        made = await make_package(*parts, ids=ids, more=more, proofs=s.proofs, progress=progress)
        return {**told, "package": base64.b64encode(made).decode()}

    async def _asked(self, wanted: WantedPackage) -> tuple[Question, list[str], list[Whereabouts]]:
        """The question as it is kept, the ids that it comes to, and what is known of a person in each transfer."""
        if wanted.person is None:
            question = Question(about=wanted.about, since=wanted.since, until=wanted.until)
            return question, [wanted.about], []
        column, value = wanted.person.column, wanted.person.value.strip()
        if not value:
            raise UsageError(t("nobody is named", "対象者が指定されていません"))
        places = await self._s.whose.transfers(column, value)
        salt = secrets.token_hex(32)
        person = Person(column=column, salt=salt, digest=sha256(f"{salt}{value}".encode()))
        ids = [one.transfer for one in places if one.answer != "does not hold"]
        if not ids and not wanted.dry_run:
            raise _holds_nobody(len(places))
        return Question(person=person, since=wanted.since, until=wanted.until), ids, places

    async def credential(self, request: Request) -> Answer:
        transfer = request.query_params.get("transfer", "")
        release = await self._s.store.read(lambda tx: releases.get(tx, transfer))
        if release is None or not release.passport:
            raise UsageError(t(f"`{transfer}` has no passport here", f"`{transfer}` の手形はここにありません"))
        return 200, {"credential": issue_credential(release.passport, self._s.keys.first)}


def _holds_nobody(looked_at: int) -> UsageError:
    return UsageError(
        t(
            f"no transfer holds this person: {looked_at:,} releases were looked at",
            f"この人を含む転送はありません（{looked_at:,} 件の提供を確認）",
        )
    )


def _witnesses(tx: Transaction, keys: KeyHistory) -> dict[str, Any]:
    """Who cosigns our checkpoints, and up to which size; the key by which a public witness has to know this log; and
    the transfers that wait for witnesses."""
    return {
        "size": rows.size(tx),
        "vkey": write_vkey(keys.did, ED25519, keys.current.raw),
        "witnesses": witnesses.cosigners(tx),
        "waiting": waits(tx, keys),
    }


def _lags(tx: Transaction, services: LogServices) -> dict[str, Any]:
    """How far others have come with the log, and what does not leave because of that."""
    return {
        "size": rows.size(tx),
        "lags": services.lags(tx),
        "waiting": waits(tx, services.keys.first.history),
    }


def _of_subject(tx: Transaction, subject: str) -> list[dict[str, Any]]:
    return [
        {"index": index, "entry": msgspec.json.decode(data, type=Entry)}
        for index, data in rows.of_subject(tx, subject)
        if not is_commitment(data)
    ]
