"""A certificate read once, and the anchor that a path starts from."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtensionOID

from tegata.model.base import sha256, t
from tegata.model.errors import InputError
from tegata.trust.pki.names import CanonicalName, canonical, shown
from tegata.trust.pki.signature import holds
from tegata.trust.pki.structure import (
    Outer,
    inherited_number,
    one_algorithm,
    read_mappings,
    read_outer,
    signed_part,
    with_parameters,
)

MAX_CERTIFICATE: Final = 64 * 1024  # bytes
ANY_POLICY: Final = "2.5.29.32.0"
PROCESSED: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,  # what it is for is the caller's question
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.FRESHEST_CRL,
    }
)
"""Critical extensions that a path is judged by (RFC 5280 section 6.1); any other critical one ends it."""

_SOME_GROUP: Final = dsa.DSAParameterNumbers(p=(1 << 1023) + 1, q=(1 << 159) + 1, g=2)
"""Stands where parameters are inherited, so that the rest of such a certificate parses; nothing is judged by it."""

E = TypeVar("E", bound=x509.ExtensionType)


@dataclass(frozen=True, repr=False)
class Certificate:
    """An X.509 certificate. Equal when its bytes are. Read by `Certificate.read`, which raises InputError."""

    der: bytes

    @classmethod
    def read(cls, der: bytes) -> Certificate:
        """Only what parses whole, extensions and key included, is a certificate here."""
        if len(der) > MAX_CERTIFICATE:
            raise _unreadable(f"it has more than {MAX_CERTIFICATE} bytes", f"{MAX_CERTIFICATE} バイトを超えています")
        certificate = cls(der)
        try:
            agree = one_algorithm(certificate.outer)
            certificate.read_all()
        except (
            ValueError,
            TypeError,
            OverflowError,
            UnsupportedAlgorithm,
            x509.DuplicateExtension,
            x509.InvalidVersion,
        ) as error:
            raise _unreadable(str(error)[:120], str(error)[:120]) from None
        if not agree:
            raise _unreadable("it names two signature algorithms", "署名アルゴリズムが二通り書かれています")
        return certificate

    def read_all(self) -> None:
        """The parser reads a part when it is first asked for: all is asked for here, so that nothing fails later."""
        _ = (self.subject, self.issuer, self.key, self.serial, self.valid_from, self.valid_until, self.parsed.version)
        _ = (self.names, self.policies, self.mappings)

    @cached_property
    def outer(self) -> Outer:
        return read_outer(self.der)

    @cached_property
    def parsed(self) -> x509.Certificate:
        der = self.der if self.inherited is None else with_parameters(self.der, self.inherited, _SOME_GROUP)
        if self.serial > 0:
            return x509.load_der_x509_certificate(der)
        with warnings.catch_warnings():  # RFC 5280 section 4.1.2.2: handle gracefully, which the parser does but warns
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return x509.load_der_x509_certificate(der)

    @cached_property
    def inherited(self) -> int | None:
        """The public number of a DSA key whose parameters are those of the issuer; None for every other key."""
        return inherited_number(self.outer)

    @cached_property
    def subject(self) -> CanonicalName:
        return canonical(self.parsed.subject)

    @cached_property
    def issuer(self) -> CanonicalName:
        return canonical(self.parsed.issuer)

    @cached_property
    def key(self) -> object:
        return self.parsed.public_key()

    @property
    def serial(self) -> int:
        return self.outer.tbs.serial

    @property
    def valid_from(self) -> dt.datetime:
        return self.parsed.not_valid_before_utc

    @property
    def valid_until(self) -> dt.datetime:
        return self.parsed.not_valid_after_utc

    @property
    def self_issued(self) -> bool:
        """RFC 5280 section 3.2: not the same as self-signed."""
        return self.subject == self.issuer

    @property
    def digest(self) -> str:
        return sha256(self.der)

    @cached_property
    def extensions(self) -> dict[str, x509.Extension[x509.ExtensionType]]:
        return {extension.oid.dotted_string: extension for extension in self.parsed.extensions}

    def extension(self, kind: type[E]) -> E | None:
        found = self.extensions.get(kind.oid.dotted_string)
        return found.value if found is not None and isinstance(found.value, kind) else None

    @cached_property
    def unknown_critical(self) -> tuple[str, ...]:
        return tuple(oid for oid, e in self.extensions.items() if e.critical and e.oid not in PROCESSED)

    @cached_property
    def is_authority(self) -> bool:
        constraints = self.extension(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @cached_property
    def names(self) -> tuple[x509.GeneralName, ...]:
        """Everything that name constraints speak of: subject, addresses in it, alternative names."""
        subject = self.parsed.subject
        alternative = self.extension(x509.SubjectAlternativeName)
        whole = (x509.DirectoryName(subject),) if list(subject) else ()
        mails = subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
        inside = (x509.RFC822Name(str(mail.value)) for mail in mails if str(mail.value).isascii())
        return (*whole, *inside, *(alternative or ()))

    @cached_property
    def policies(self) -> frozenset[str] | None:
        """None when it says nothing of policies."""
        stated = self.extension(x509.CertificatePolicies)
        return None if stated is None else frozenset(info.policy_identifier.dotted_string for info in stated)

    @cached_property
    def mappings(self) -> tuple[tuple[str, str], ...]:
        found = self.extensions.get(ExtensionOID.POLICY_MAPPINGS.dotted_string)
        if found is None or not isinstance(found.value, x509.UnrecognizedExtension):
            return ()
        return read_mappings(found.value.value)

    @cached_property
    def key_id(self) -> bytes | None:
        stated = self.extension(x509.SubjectKeyIdentifier)
        return stated.digest if stated else None

    @cached_property
    def authority_key_id(self) -> bytes | None:
        stated = self.extension(x509.AuthorityKeyIdentifier)
        return stated.key_identifier if stated else None

    def key_under(self, issuer_key: object) -> object:
        """The working public key (section 6.1.4 d to f)."""
        if self.inherited is None or not isinstance(issuer_key, dsa.DSAPublicKey):
            return self.key
        group = issuer_key.public_numbers().parameter_numbers
        return dsa.DSAPublicNumbers(self.inherited, group).public_key()

    def signed_by(self, key: object) -> bool:
        if self.outer.signature.padding_bits():  # nobody signed them: one certificate would have many forms
            return False
        inherits = self.inherited is not None
        return holds(key, self.parsed, signed_part(self.outer) if inherits else self.parsed.tbs_certificate_bytes)

    def may(self, usage: str) -> bool:
        """Whether the key usage allows it; a certificate without the extension allows all (section 6.1.4 n)."""
        stated = self.extension(x509.KeyUsage)
        return stated is None or bool(getattr(stated, usage))

    def __str__(self) -> str:
        return shown(self.parsed.subject)

    def __repr__(self) -> str:
        return f"Certificate({self})"


@dataclass(frozen=True)
class Anchor:
    """Whom the reader trusts to begin with (section 6.1.1 d). Its own dates, policies and signature do not count; whom
    it may name by its own words does (RFC 5937)."""

    certificate: Certificate

    @property
    def subject(self) -> CanonicalName:
        return self.certificate.subject

    @property
    def key(self) -> object:
        return self.certificate.key


def _unreadable(en: str, ja: str) -> InputError:
    return InputError(t("the certificate cannot be read", "証明書を読めません"), why=t(en, ja))
