"""A list of revoked certificates read once (RFC 5280 section 5), and how far it reaches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.pki.certificate import Certificate
from tegata.trust.pki.names import CanonicalName, canonical
from tegata.trust.pki.signature import holds

MAX_CRL: Final = 64 * 1024 * 1024  # bytes; the largest that public authorities publish is about half of it
ALL_REASONS: Final = frozenset(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
_PROCESSED: Final = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR})
_TRUE: Final = b"\x01\x01\xff"  # how DER writes that an extension is critical
_PROCESSED_ENTRY: Final = frozenset({CRLEntryExtensionOID.CERTIFICATE_ISSUER, CRLEntryExtensionOID.CRL_REASON})

E = TypeVar("E", bound=x509.ExtensionType)


class Revoked(NamedTuple):
    """What a list says of one certificate."""

    at: dt.datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, repr=False)
class RevocationList:
    """A CRL, complete or delta. Read by `RevocationList.read`, which raises InputError."""

    der: bytes

    @classmethod
    def read(cls, der: bytes) -> RevocationList:
        if len(der) > MAX_CRL:
            raise _unreadable(f"it has more than {MAX_CRL} bytes", f"{MAX_CRL} バイトを超えています")
        found = cls(der)
        try:
            _ = (found.extensions, found.issuer, found.issued_at, found.next_at)
        except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            raise _unreadable(str(error)[:120], str(error)[:120]) from None
        return found

    @cached_property
    def parsed(self) -> x509.CertificateRevocationList:
        return x509.load_der_x509_crl(self.der)

    @cached_property
    def issuer(self) -> CanonicalName:
        return canonical(self.parsed.issuer)

    @property
    def issued_at(self) -> dt.datetime:
        return self.parsed.last_update_utc

    @property
    def next_at(self) -> dt.datetime | None:
        return self.parsed.next_update_utc

    @cached_property
    def extensions(self) -> dict[str, x509.Extension[x509.ExtensionType]]:
        return {extension.oid.dotted_string: extension for extension in self.parsed.extensions}

    def extension(self, kind: type[E]) -> E | None:
        found = self.extensions.get(kind.oid.dotted_string)
        return found.value if found is not None and isinstance(found.value, kind) else None

    @cached_property
    def scope(self) -> x509.IssuingDistributionPoint | None:
        return self.extension(x509.IssuingDistributionPoint)

    @property
    def is_indirect(self) -> bool:
        return self.scope is not None and self.scope.indirect_crl

    @cached_property
    def number(self) -> int | None:
        stated = self.extension(x509.CRLNumber)
        return stated.crl_number if stated else None

    @cached_property
    def base_number(self) -> int | None:
        """Of the complete list that this delta builds on; None for a complete list."""
        stated = self.extension(x509.DeltaCRLIndicator)
        return stated.crl_number if stated else None

    @cached_property
    def authority_key_id(self) -> bytes | None:
        stated = self.extension(x509.AuthorityKeyIdentifier)
        return stated.key_identifier if stated else None

    @cached_property
    def is_understood(self) -> bool:
        """False when it must not be used: a critical extension, of the list or of an entry, is unknown (5.2, 5.3)."""
        critical = [extension.oid for extension in self.extensions.values() if extension.critical]
        if not _PROCESSED.issuperset(critical):
            return False
        if self.der.count(_TRUE) <= len(critical):  # no entry can hold a critical one: spares reading a million of them
            return True
        try:
            return all(e.oid in _PROCESSED_ENTRY for entry in self.parsed for e in entry.extensions if e.critical)
        except (ValueError, x509.DuplicateExtension):
            return False

    @cached_property
    def reasons(self) -> frozenset[x509.ReasonFlags]:
        stated = self.scope.only_some_reasons if self.scope else None
        return ALL_REASONS if stated is None else frozenset(stated)

    @cached_property
    def point_names(self) -> tuple[x509.GeneralName, ...] | None:
        """Names of the distribution point that it is published at; None when it does not say."""
        scope = self.scope
        if scope is None:
            return None
        return full_names(scope.full_name, scope.relative_name, self.parsed.issuer)

    def covers_kind(self, certificate: Certificate) -> bool:
        """Whether it speaks of certificates of this kind at all (6.3.3 b 2 ii to iv)."""
        scope = self.scope
        if scope is None:
            return True
        if scope.only_contains_attribute_certs:
            return False
        return not (scope.only_contains_user_certs if certificate.is_authority else scope.only_contains_ca_certs)

    def signed_by(self, key: object) -> bool:
        return holds(key, self.parsed, self.parsed.tbs_certlist_bytes)

    def find(self, certificate: Certificate) -> Revoked | None:
        """What it says of the certificate (6.3.3 i, j)."""
        by_number = not self.is_indirect and certificate.serial > 0
        entry = self._direct(certificate) if by_number else self._in_order(certificate)
        if entry is None:
            return None
        return Revoked(entry.revocation_date_utc, _reason(entry))

    def _direct(self, certificate: Certificate) -> x509.RevokedCertificate | None:
        if self.issuer != certificate.issuer:
            return None
        return self.parsed.get_revoked_certificate_by_serial_number(certificate.serial)

    def _in_order(self, certificate: Certificate) -> x509.RevokedCertificate | None:
        """An entry belongs to the issuer named last before it, at first to that of the list (5.3.3)."""
        issuers = [self.issuer]
        for entry in self.parsed:
            if named := _named_issuers(entry):
                issuers = named
            if entry.serial_number == certificate.serial and certificate.issuer in issuers:
                return entry
        return None


def _named_issuers(entry: x509.RevokedCertificate) -> list[CanonicalName]:
    try:
        found = next((e.value for e in entry.extensions if isinstance(e.value, x509.CertificateIssuer)), None)
    except (ValueError, x509.DuplicateExtension):  # issuers stand in a critical extension, which was understood before
        return []
    return [canonical(name) for name in found.get_values_for_type(x509.DirectoryName)] if found else []


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    """That the reason cannot be read does not undo the revocation."""
    try:
        stated = (e.value.reason for e in entry.extensions if isinstance(e.value, x509.CRLReason))
        return next(stated, x509.ReasonFlags.unspecified)
    except (ValueError, x509.DuplicateExtension):
        return x509.ReasonFlags.unspecified


def full_names(
    full: Iterable[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, issuer: x509.Name
) -> tuple[x509.GeneralName, ...] | None:
    """The names of a distribution point; a relative one continues the name of who issues the list (4.2.1.13)."""
    if relative is not None:
        return (x509.DirectoryName(x509.Name([*issuer.rdns, relative])),)
    return None if full is None else tuple(full)


def same_name(one: x509.GeneralName, other: x509.GeneralName) -> bool:
    if isinstance(one, x509.DirectoryName) and isinstance(other, x509.DirectoryName):
        return canonical(one.value) == canonical(other.value)
    return one == other


def _unreadable(en: str, ja: str) -> InputError:
    return InputError(t("the revocation list cannot be read", "失効リストを読めません"), why=t(en, ja))
