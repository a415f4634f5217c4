"""Making CMS SignedData (RFC 5652): one signature over content and signed attributes, as CAdES and RFC 3161 want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tegata.trust import algorithms, der
from tegata.trust.cms import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
    SignedData,
    Signer,
    attribute,
    issuer_and_serial,
)
from tegata.trust.der import SET, Fields


class Certified(Protocol):
    """A private key with the certificate (DER) of its public half and those above it."""

    @property
    def certificate(self) -> bytes: ...

    @property
    def chain(self) -> tuple[bytes, ...]: ...

    @property
    def algorithm(self) -> algorithms.Algorithm: ...

    def sign(self, message: bytes) -> bytes: ...


def sign_data(
    content_type: str,
    content: bytes,
    certified: Certified,
    attributes: Mapping[str, bytes],
    *,
    detached: bool = False,
    with_certificates: bool = True,
) -> bytes:
    """A ContentInfo with one signature over `content` and signed attributes (their values in DER).

    Content type, message digest, the reference to the certificate and the protection of the algorithms are added.
    """
    algorithm = certified.algorithm
    digest_identifier = algorithms.digest_identifier(algorithm.digest)
    attributes = {
        CONTENT_TYPE: der.oid(content_type),
        MESSAGE_DIGEST: der.octets(algorithms.hashed(algorithm.digest, content)),
        SIGNING_CERTIFICATE_V2: certificate_reference(certified.certificate),
        ALGORITHM_PROTECTION: der.sequence(digest_identifier, der.as_tag(der.read(algorithm.identifier), 0xA1).raw),
        **attributes,
    }
    signed = der.set_of(attribute(oid, value) for oid, value in attributes.items())
    signer = Signer(
        der.integer(1),
        issuer_and_serial(certified.certificate),
        der.read(digest_identifier),
        der.as_tag(der.read(signed), 0xA0),
        der.read(algorithm.identifier),
        certified.sign(signed),
        (),
    )
    return SignedData(
        der.integer(1 if content_type == DATA else 3),
        der.read(der.tlv(SET, digest_identifier)),
        content_type,
        None if detached else content,
        (certified.certificate, *certified.chain) if with_certificates else (),
        (),
        (signer,),
    ).encode()


def certificate_reference(certificate: bytes) -> bytes:
    """The value of signing-certificate-v2: the certificate by its SHA-256, issuer and serial (RFC 5035)."""
    issuer, serial = Fields(issuer_and_serial(certificate)).rest()
    names = der.sequence(der.tlv(0xA4, issuer.raw))
    ess = der.sequence(der.octets(algorithms.hashed("sha256", certificate)), der.sequence(names, serial.raw))
    return der.sequence(der.sequence(ess))
