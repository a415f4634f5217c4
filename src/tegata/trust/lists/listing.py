"""Who vouches for a certificate? An index over many lists."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tegata.model.errors import InputError
from tegata.model.trusted_list import ListedProvider, ListedService, Standing, TrustedList
from tegata.trust.pki import Certificate
from tegata.trust.pki.names import CanonicalName


class Finding(NamedTuple):
    """A service that stands behind a certificate. `standing` None: the list did not know of it yet at that time."""

    trusted_list: TrustedList
    provider: ListedProvider
    service: ListedService
    standing: Standing | None
    itself: bool  # the certificate is listed, not who issued it
    authority: Certificate


class _Place(NamedTuple):
    trusted_list: TrustedList
    provider: ListedProvider
    service: ListedService
    authority: Certificate


class Index:
    """By certificate and by subject. Answers in well under a millisecond; building reads each certificate once."""

    def __init__(self, lists: Iterable[TrustedList]) -> None:
        self._by_certificate: dict[Certificate, list[_Place]] = {}
        self._by_subject: dict[CanonicalName, list[_Place]] = {}
        for place in _places(lists):
            self._by_certificate.setdefault(place.authority, []).append(place)
            self._by_subject.setdefault(place.authority.subject, []).append(place)

    def __len__(self) -> int:
        return len(self._by_certificate)

    def find(self, certificate: Certificate, at: dt.datetime) -> tuple[Finding, ...]:
        """Services that the certificate itself belongs to, then those whose key signed it."""
        own = self._by_certificate.get(certificate, ())
        above = [place for place in self._by_subject.get(certificate.issuer, ()) if place not in own]
        signed = [place for place in above if certificate.signed_by(place.authority.key)]
        found = [(place, True) for place in own] + [(place, False) for place in signed]
        return tuple(
            Finding(place.trusted_list, place.provider, place.service, place.service.at(at), itself, place.authority)
            for place, itself in found
        )


def _places(lists: Iterable[TrustedList]) -> Iterator[_Place]:
    for trusted_list in lists:
        for provider in trusted_list.providers:
            for service in provider.services:
                ders = {der for identity in service.identities for der in identity.certificates}
                for der in sorted(ders):
                    with contextlib.suppress(InputError):  # found in published lists; it can be nobody's issuer
                        yield _Place(trusted_list, provider, service, Certificate.read(der))
