"""Who accredits whom: the acts of a scheme. What a registry holds is the sum of its acts, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.model.base import Noun
from tegata.model.recognition import Agreement
from tegata.model.trusted_list import Contact, Names

Level = Literal["general", "specified", "qualified"]
Status = Literal["granted", "suspended", "withdrawn"]
Criterion = Literal["facility", "technical", "operational"]
CRITERIA: tuple[Criterion, ...] = ("facility", "technical", "operational")


class Scheme(Noun, frozen=True, kw_only=True, tag_field="act", tag="scheme"):
    """The scheme and who operates it; the first act, and again when something of it changes.

    `base` is the URI under which the scheme's own terms stand, without a slash at its end.
    """

    base: str
    name: Names
    operator: Names
    territory: str  # ISO 3166-1 alpha-2
    contact: Contact
    information: tuple[str, ...]  # URIs
    rules: tuple[str, ...]  # URIs
    notice: str = ""


class Accreditor(Noun, frozen=True, kw_only=True, tag_field="act", tag="accreditor"):
    """Who accredits bodies, and by which law or mandate."""

    id: str
    names: Names
    mandate: str


class Body(Noun, frozen=True, kw_only=True, tag_field="act", tag="body"):
    """A conformity assessment body: what it may assess, from the first day to the last (EN 319 403-1)."""

    id: str
    names: Names
    accreditor: str
    levels: tuple[Level, ...]
    since: dt.date
    until: dt.date


class Provider(Noun, frozen=True, kw_only=True, tag_field="act", tag="provider"):
    """A provider of trust services. `identifiers` as EN 319 412-1 writes them: `NTRJP-` and the corporate number."""

    id: str
    names: Names
    identifiers: tuple[str, ...] = ()
    contact: Contact
    information: tuple[str, ...]  # URIs


class Service(Noun, frozen=True, kw_only=True, tag_field="act", tag="service"):
    """A service of a provider, known by certificates (DER). Again when its names or certificates change."""

    id: str
    provider: str
    kind: str  # URI, as clause 5.5.1 of TS 119 612 lists them
    names: Names
    certificates: tuple[bytes, ...]


class Finding(Noun, frozen=True, kw_only=True):
    """Whether a criterion is met, and the digest of the evidence (`sha256:...`)."""

    met: bool
    evidence: str


class Assessment(Noun, frozen=True, kw_only=True, tag_field="act", tag="assessment"):
    """What a body found at a service, criterion by criterion; good from `on` to `until`, both included."""

    id: str
    service: str
    body: str
    level: Level
    criteria: dict[Criterion, Finding]
    on: dt.date
    until: dt.date


class Decision(Noun, frozen=True, kw_only=True, tag_field="act", tag="decision"):
    """What a service is from a moment on. `assessment`: the id of the one that a grant rests on."""

    service: str
    level: Level
    status: Status
    since: dt.datetime
    reason: str
    assessment: str = ""


class Supervision(Noun, frozen=True, kw_only=True, tag_field="act", tag="supervision"):
    """What was done or found in supervision, about a service or a provider; it changes no status by itself."""

    subject: str
    kind: Literal["inspection", "incident", "order", "takeover"]
    at: dt.datetime
    says: str
    evidence: str = ""


class Recognition(Noun, frozen=True, kw_only=True, tag_field="act", tag="recognition"):
    """An agreement with another scheme; again when terms are added to it."""

    agreement: Agreement


Act = Scheme | Accreditor | Body | Provider | Service | Assessment | Decision | Supervision | Recognition


class Recorded(Noun, frozen=True, kw_only=True):
    """An act in the log: at which place, and since when nobody could write it otherwise."""

    index: int
    at: dt.datetime
    act: Act
