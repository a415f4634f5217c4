"""The trusted list of a scheme, and the proof inside it that it stands in its operator's log.

A list is logged before it is signed: an entry holds its digest (without form, version and proof), and the proof of
that entry goes into the list. A status that is put back in time later cannot get such a proof any more.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

import msgspec

from tegata.log import open_checkpoint, read_proof, verify_entry, write_proof
from tegata.model.accreditation import Decision, Provider, Scheme, Service
from tegata.model.base import Noun, Text, digest, encode, t
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Check, Entry, InclusionProof
from tegata.model.trusted_list import (
    DigitalIdentity,
    ListedProvider,
    ListedService,
    Standing,
    TrustedList,
)
from tegata.trust.accreditation.register import Register
from tegata.trust.keys import public_key_of

LISTED: Final = "trusted_list"
"""Kind of the entry of a list."""


class _Carried(Noun, frozen=True, kw_only=True):
    """What a list carries: its entry, and a tlog-proof of it."""

    entry: Entry
    proof: str


class Plan(NamedTuple):
    """When a list is issued and until when it is good (at most six months in the EU: TS 119 612 clause 5.3.15)."""

    sequence: int
    issued_at: dt.datetime
    next_update: dt.datetime


def make_list(register: Register, plan: Plan) -> TrustedList:
    """Everything that has been decided. UsageError without a scheme."""
    scheme = register.scheme
    if scheme is None:
        raise UsageError(t("there is no scheme yet", "制度がまだ登録されていません"))
    issued, following = (moment.replace(microsecond=0) for moment in (plan.issued_at, plan.next_update))
    return TrustedList(
        format="",
        version=0,
        sequence=plan.sequence,
        kind=f"{scheme.base}/TSLType/accreditation",
        operator=scheme.operator,
        scheme=scheme.name,
        territory=scheme.territory,
        issued_at=issued.astimezone(dt.UTC),
        next_update=following.astimezone(dt.UTC),
        contact=scheme.contact,
        information=scheme.information,
        determination=f"{scheme.base}/StatusDetn/assessment",
        rules=scheme.rules,
        notice={"en": scheme.notice} if scheme.notice else {},
        providers=tuple(
            listed
            for provider in register.providers.values()
            if (listed := _provider(register, scheme, provider)).services
        ),
    )


def _provider(register: Register, scheme: Scheme, provider: Provider) -> ListedProvider:
    own = (service for service in register.services.values() if service.provider == provider.id)
    return ListedProvider(
        names=provider.names,
        identifiers=provider.identifiers,
        contact=provider.contact,
        information=provider.information,
        services=tuple(
            ListedService(standings=tuple(_standing(scheme, service, one) for one in reversed(decided)))
            for service in own
            if (decided := register.decisions.get(service.id))
        ),
    )


def _standing(scheme: Scheme, service: Service, decision: Decision) -> Standing:
    return Standing(
        kind=service.kind,
        status=f"{scheme.base}/Svcstatus/{decision.status}",
        since=decision.since.replace(microsecond=0).astimezone(dt.UTC),
        names=service.names,
        identity=DigitalIdentity(certificates=service.certificates),
        additional=(f"{scheme.base}/SvcInfoExt/{decision.level}",),
    )


def list_digest(trusted_list: TrustedList) -> str:
    """The same for both forms, before and after it carries its proof."""
    return digest(msgspec.structs.replace(trusted_list, format="", version=0, proof=""))


def carrying(trusted_list: TrustedList, entry: Entry, proof: InclusionProof) -> TrustedList:
    carried = encode(_Carried(entry=entry, proof=write_proof(proof))).decode()
    return msgspec.structs.replace(trusted_list, proof=carried)


def verify_listing(trusted_list: TrustedList) -> Check:
    """Whether the list stands in a log, in which, and since when; whose log it is to be is the reader's question."""
    try:
        return Check(name="log", verdict="passed", say=_listing(trusted_list))
    except VerificationError as error:
        return Check(name="log", verdict="failed" if trusted_list.proof else "indeterminate", say=error.said)


def _listing(trusted_list: TrustedList) -> Text:
    if not trusted_list.proof:
        raise VerificationError(t("the list carries no proof that it was logged", "ログに記録された証明がありません"))
    try:
        carried = msgspec.json.decode(trusted_list.proof, type=_Carried)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise VerificationError(t("the proof is malformed", "証明の形式が誤っています"), why=str(error)[:120]) from None
    entry, proof = carried.entry, read_proof(carried.proof)
    if entry.kind != LISTED or entry.body.get("list") != list_digest(trusted_list):
        raise VerificationError(t("the logged list is another one", "記録されたリストは別のものです"))
    verify_entry(encode(entry), proof)
    origin = proof.checkpoint.origin
    if open_checkpoint(proof.checkpoint.note, public_key_of(origin), origin) != proof.checkpoint:
        raise VerificationError(t("the checkpoint differs from its note", "チェックポイントが署名と異なります"))
    return t(
        f"logged on {entry.at:%Y-%m-%d %H:%M} as entry {proof.index} of the log of `{origin}`",
        f"{entry.at:%Y-%m-%d %H:%M} に `{origin}` のログの {proof.index} 番に記録されました",
    )
