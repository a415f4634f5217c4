"""A small certification authority for tests: certificates and lists as the test asks, with real keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.trust.pki import Certificate, RevocationList

START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


class Party:
    """A key with a certificate; an authority when `authority` says so."""

    def __init__(self, name: str, issuer: Party | None = None, *, authority: bool = True, **more: Any) -> None:
        self.name, self.key = named(name), more.get("key") or ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.certify(issuer or self, authority=authority, **more)

    def certify(
        self,
        issuer: Party,
        *,
        authority: bool = True,
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
        since: dt.datetime = START,
        until: dt.datetime = END,
        serial: int | None = None,
        algorithm: Any = None,
        key: object = None,
    ) -> Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        made = builder.sign(issuer.key, algorithm or hashes.SHA256())
        return Certificate.read(made.public_bytes(Encoding.DER))

    def revokes(
        self,
        *certificates: Certificate,
        at: dt.datetime = START,
        issued: dt.datetime = START,
        until: dt.datetime = END,
        algorithm: Any = None,
    ) -> RevocationList:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(issued).next_update(until)
        for certificate in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial).revocation_date(at).build()
            builder = builder.add_revoked_certificate(entry)
        return RevocationList.read(builder.sign(self.key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER))
