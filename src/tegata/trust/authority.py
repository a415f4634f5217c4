"""A small certification authority for tests and closed groups (RFC 5280): what it signs, and nothing about files.

Its certificates carry the few extensions that a reader needs. Time and serial numbers are arguments.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from typing import Final, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.base import Noun, t
from tegata.model.errors import InputError
from tegata.trust.names import Kind, Subject, check, device_name, fits, from_name, to_name
from tegata.trust.private_key import PrivateKey
from tegata.trust.public_key import VerifyingKey, acceptable

SERIAL_SIZE: Final = 16
MAX_CERTIFICATE: Final = 16 * 1024
_NO_PATH: Final = x509.BasicConstraints(ca=False, path_length=None)
_DOCUMENTS: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # id-kp-documentSigning, RFC 9336


class Validity(Noun, frozen=True, kw_only=True):
    """From and until when a certificate stands, UTC, whole seconds."""

    since: dt.datetime
    until: dt.datetime


class Issued(Noun, frozen=True, kw_only=True):
    """A certificate that an authority issued, and whether it stands by it."""

    serial: str  # hexadecimal
    subject: str  # RFC 4514
    until: dt.datetime
    certificate: str  # PEM
    revoked_at: dt.datetime | None = None
    reason: str = ""


REASONS: Final = {
    "unspecified": x509.ReasonFlags.unspecified,
    "key-compromise": x509.ReasonFlags.key_compromise,
    "affiliation-changed": x509.ReasonFlags.affiliation_changed,
    "superseded": x509.ReasonFlags.superseded,
    "cessation-of-operation": x509.ReasonFlags.cessation_of_operation,
    "privilege-withdrawn": x509.ReasonFlags.privilege_withdrawn,
}
"""Why a key or certificate is revoked (RFC 5280 section 5.3.1)."""


def make_root(subject: Subject, key: PrivateKey, validity: Validity, serial: int) -> x509.Certificate:
    """The self-signed certificate of an authority that issues to end entities only."""
    name = to_name(check(subject))
    builder = _builder(name, name, key.public, validity, serial)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return key.complete(builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public), critical=False))


def make_request(subject: Subject, key: PrivateKey) -> x509.CertificateSigningRequest:
    """A request (PKCS #10) that shows that who makes it has the key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(to_name(check(subject)))
    if subject.device_oid:
        builder = builder.add_extension(device_name(subject), critical=False)
    return key.complete(builder)


def read_request(data: bytes) -> tuple[Subject, VerifyingKey]:
    """Who asks and for which key, once the request is signed by it. Raises InputError."""
    request: x509.CertificateSigningRequest | None = None
    with contextlib.suppress(ValueError, UnsupportedAlgorithm):
        load = x509.load_pem_x509_csr if data.lstrip().startswith(b"-----") else x509.load_der_x509_csr
        request = load(data)
    try:
        if request is None or not request.is_signature_valid:
            raise _not_a_request()
        extensions = list(request.extensions)
        key = acceptable(request.public_key())
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise _not_a_request() from None
    names = [one.value for one in extensions if isinstance(one.value, x509.SubjectAlternativeName)]
    if len(names) != len(extensions):
        raise InputError(
            t("the request asks for more than a name", "要求に名前以外のものがあります"),
            why=", ".join(one.oid.dotted_string for one in extensions),
        )
    return from_name(request.subject, names[0] if names else None), key


def issue(
    kind: Kind,
    subject: Subject,
    public: VerifyingKey,
    *,
    authority: x509.Certificate,
    key: PrivateKey,
    validity: Validity,
    serial: int,
    crl_url: str = "",
) -> x509.Certificate:
    """A certificate of this kind. InputError when the kind does not fit the subject, or the time the authority's."""
    fits(check(subject), kind)
    if validity.until > authority.not_valid_after_utc or validity.since < authority.not_valid_before_utc:
        raise InputError(
            t("the certificate would outlive its authority", "証明書の期間が認証局の期間をはみ出します"),
            why=t(
                f"the authority's ends at {authority.not_valid_after_utc:%Y-%m-%d}",
                f"認証局の証明書は {authority.not_valid_after_utc:%Y-%m-%d} までです",
            ),
        )
    builder = _builder(to_name(subject), authority.subject, public, validity, serial)
    for extension, critical in _extensions(kind, subject, public, authority, crl_url):
        builder = builder.add_extension(extension, critical=critical)
    return key.complete(builder)


def make_crl(
    authority: x509.Certificate, key: PrivateKey, issued: Iterable[Issued], number: int, validity: Validity
) -> x509.CertificateRevocationList:
    """The list of what is revoked and has not ended by itself (RFC 5280 section 5)."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    builder = builder.last_update(validity.since).next_update(validity.until)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(_authority_id(authority), critical=False)
    for one in issued:
        if one.revoked_at is not None and one.until >= validity.since:
            builder = builder.add_revoked_certificate(_revoked(one, one.revoked_at))
    return key.complete(builder)


def to_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def subject_of(certificate: x509.Certificate) -> Subject:
    """Who a certificate of ours is about. Raises InputError for names that this program does not issue."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = None
    except (ValueError, x509.DuplicateExtension):
        raise InputError(t("the certificate is malformed", "証明書の形式が誤っています")) from None
    return from_name(certificate.subject, names)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: VerifyingKey, validity: Validity, serial: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    return builder.serial_number(serial).not_valid_before(validity.since).not_valid_after(validity.until)


def _extensions(
    kind: Kind, subject: Subject, public: VerifyingKey, authority: x509.Certificate, crl_url: str
) -> list[tuple[x509.ExtensionType, bool]]:
    documents = kind in ("seal", "signature", "device")
    found: list[tuple[x509.ExtensionType, bool]] = [
        (_NO_PATH, True),
        (_usage(digital_signature=True, content_commitment=documents), True),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (_authority_id(authority), False),
    ]
    if kind == "timestamp":
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))  # RFC 3161 section 2.3
    elif documents:
        found.append((x509.ExtendedKeyUsage([_DOCUMENTS]), False))
    if subject.device_oid:
        found.append((device_name(subject), False))
    if crl_url:
        names = [x509.UniformResourceIdentifier(crl_url)]
        point = x509.DistributionPoint(names, relative_name=None, reasons=None, crl_issuer=None)
        found.append((x509.CRLDistributionPoints([point]), False))
    return found


def _authority_id(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(cast(VerifyingKey, authority.public_key()))


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _revoked(one: Issued, at: dt.datetime) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(at)
    reason = REASONS.get(one.reason, x509.ReasonFlags.unspecified)
    if reason is not x509.ReasonFlags.unspecified:  # RFC 5280 section 5.3.1: better left out than stated
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


def _not_a_request() -> InputError:
    return InputError(
        t("there is no certificate request", "証明書の要求がありません"),
        why=t("it is no PKCS #10 that its own key signed", "自身の鍵で署名された PKCS #10 ではありません"),
    )
