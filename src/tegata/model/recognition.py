"""Mutual recognition: which services of one scheme another takes for its own, since when, and under what conditions.

The shape is that of the agreements in the EU's list of lists for the international pilot (schema `lotl/mra/schema/v2`).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.model.base import Noun


class Statement(Noun, frozen=True, kw_only=True, tag_field="asks", tag="statement"):
    """A QcStatement (EN 319 412-5) by its id, and what it says where that matters."""

    id: str
    type: str = ""
    legislation: str = ""


class Policy(Noun, frozen=True, kw_only=True, tag_field="asks", tag="policy"):
    id: str


class Usage(Noun, frozen=True, kw_only=True, tag_field="asks", tag="usage"):
    """A bit of the key usage, by its name in RFC 5280, and whether it is to be set."""

    name: str
    value: bool


class Purpose(Noun, frozen=True, kw_only=True, tag_field="asks", tag="purpose"):
    """An extended key usage."""

    id: str


class Attribute(Noun, frozen=True, kw_only=True, tag_field="asks", tag="attribute"):
    """An attribute that the subject's name must have, by its object identifier."""

    id: str


class Condition(Noun, frozen=True, kw_only=True, tag_field="asks", tag="condition"):
    """All, at least one or none of its parts."""

    among: Literal["all", "atLeastOne", "none"]
    parts: tuple[Part, ...]


Part = Statement | Policy | Usage | Purpose | Attribute | Condition


class ServiceKind(Noun, frozen=True, kw_only=True):
    """A type of service, and the additional information that it must carry (URIs)."""

    kind: str
    additional: tuple[str, ...] = ()


class StatusPair(Noun, frozen=True, kw_only=True):
    """Statuses there, and what they count as here (URIs)."""

    here: tuple[str, ...]
    there: tuple[str, ...]


class Content(Noun, frozen=True, kw_only=True):
    """Where a certificate meets `there`, it counts as if it said `here`. `context`: what this is about (URI)."""

    context: str
    here: Condition
    there: Condition


class Terms(Noun, frozen=True, kw_only=True):
    """What an equivalence says from a moment on."""

    enacted: bool
    since: dt.datetime
    here: tuple[ServiceKind, ...]
    there: tuple[ServiceKind, ...]
    valid: tuple[StatusPair, ...]
    contents: tuple[Content, ...] = ()
    qualifiers: dict[str, str] = {}  # there -> here


class Equivalence(Noun, frozen=True, kw_only=True):
    """`terms` from the newest to the oldest."""

    id: str
    terms: tuple[Terms, ...]

    def at(self, moment: dt.datetime) -> Terms | None:
        return next((terms for terms in self.terms if terms.since <= moment), None)


class Agreement(Noun, frozen=True, kw_only=True):
    """What one scheme recognises of another, whose list lies at `location`."""

    territory: str
    location: str
    equivalences: tuple[Equivalence, ...]
