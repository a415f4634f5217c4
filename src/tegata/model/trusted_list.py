"""Trusted lists: who vouches for whom, for what, since when. One shape for TS 119 612 (XML) and TS 119 602 (JSON)."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun

Names = dict[str, str]
"""By language tag, as the list gives them."""


class Contact(Noun, frozen=True, kw_only=True):
    """Where to reach somebody. `country` is ISO 3166-1 alpha-2; `addresses` are mailto: and https: URIs."""

    street: str = ""
    locality: str = ""
    postal_code: str = ""
    country: str = ""
    addresses: tuple[str, ...] = ()


class DigitalIdentity(Noun, frozen=True, kw_only=True):
    """How a service is known in certificates: by whole ones (DER), by key identifier, by name (RFC 4514)."""

    certificates: tuple[bytes, ...] = ()
    key_ids: tuple[bytes, ...] = ()
    subjects: tuple[str, ...] = ()


class Standing(Noun, frozen=True, kw_only=True):
    """What a service was from a moment on. `kind`, `status` and `additional` are URIs of the scheme."""

    kind: str
    status: str
    since: dt.datetime
    names: Names
    identity: DigitalIdentity
    additional: tuple[str, ...] = ()  # service information, for example for electronic signatures or seals
    qualifiers: tuple[str, ...] = ()
    understood: bool = True  # False: it holds a critical extension that is not known here


class ListedService(Noun, frozen=True, kw_only=True):
    """`standings` from the newest to the oldest; at least one."""

    standings: tuple[Standing, ...]

    def at(self, moment: dt.datetime) -> Standing | None:
        """What it was at a moment; None before the list knows of it."""
        return next((standing for standing in self.standings if standing.since <= moment), None)

    @property
    def identities(self) -> tuple[DigitalIdentity, ...]:
        return tuple(standing.identity for standing in self.standings)


class ListedProvider(Noun, frozen=True, kw_only=True):
    """A trust service provider. `identifiers` are trade names and registration numbers such as `VATEE-10747013`."""

    names: Names
    identifiers: tuple[str, ...] = ()
    contact: Contact = Contact()
    information: tuple[str, ...] = ()  # URIs
    services: tuple[ListedService, ...] = ()


class ListPointer(Noun, frozen=True, kw_only=True):
    """Where another list is published, and who may sign it."""

    location: str
    territory: str
    kind: str
    media_type: str
    signers: tuple[bytes, ...]  # certificates, DER


class TrustedList(Noun, frozen=True, kw_only=True):
    """A list as it was published. `next_update` None: it is the last one (TS 119 612 clause 5.3.15)."""

    format: str  # xml | json
    version: int
    sequence: int
    kind: str
    operator: Names
    scheme: Names
    territory: str
    issued_at: dt.datetime
    next_update: dt.datetime | None
    contact: Contact = Contact()
    information: tuple[str, ...] = ()  # URIs; the pivots of a list of lists are among them
    determination: str = ""  # URI: how a status comes about
    rules: tuple[str, ...] = ()  # URIs of the scheme's rules
    notice: Names = {}
    proof: str = ""  # C2SP tlog-proof that the list, this field left empty, is in its operator's log
    pointers: tuple[ListPointer, ...] = ()
    providers: tuple[ListedProvider, ...] = ()

    @property
    def services(self) -> int:
        return sum(len(provider.services) for provider in self.providers)


def in_language(names: Names, language: str) -> str:
    """The name in a language, else in English, else the first."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
