"""The outer structure of a certificate (RFC 5280 section 4.1), for what the parser of `cryptography` does not tell."""

from __future__ import annotations

from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa

_DSA: Final = bytes.fromhex("06072a8648ce380401")  # id-dsa and nothing else


@asn1.sequence
class _KeyInfo:
    algorithm: asn1.TLV
    key: asn1.BitString


@asn1.sequence
class _Number:
    value: int


@asn1.sequence
class _One:
    value: asn1.TLV


@asn1.sequence
class Tbs:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class Outer:
    tbs: Tbs
    algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _Mapping:
    issuer: x509.ObjectIdentifier
    subject: x509.ObjectIdentifier


@asn1.sequence
class _Wrapped:
    items: list[_Mapping]


def read_outer(der: bytes) -> Outer:
    """Raises ValueError."""
    return asn1.decode_der(Outer, der)


def one_algorithm(outer: Outer) -> bool:
    """Whether the certificate names the same algorithm inside and outside of what is signed (section 4.1.1.2)."""
    inner = outer.tbs.signature
    return (inner.tag_bytes, bytes(inner.data)) == (outer.algorithm.tag_bytes, bytes(outer.algorithm.data))


def read_mappings(der: bytes) -> tuple[tuple[str, str], ...]:
    """Pairs (policy of the issuer, policy of the subject) of section 4.2.1.5. Raises ValueError."""
    pairs = asn1.decode_der(_Wrapped, _sequence(der)).items
    return tuple((pair.issuer.dotted_string, pair.subject.dotted_string) for pair in pairs)


def key_bits(outer: Outer) -> bytes:
    """The public key without the name of its algorithm: what key identifiers are digests of (section 4.2.1.2)."""
    info: _KeyInfo = outer.tbs.key.parse(_KeyInfo)
    return info.key.as_bytes()


def inherited_number(outer: Outer) -> int | None:
    """The public number of a DSA key without parameters, which are those of its issuer (RFC 3279 section 2.3.2)."""
    key = outer.tbs.key.parse(_KeyInfo)
    if bytes(key.algorithm.data) != _DSA:
        return None
    return asn1.decode_der(_Number, _sequence(key.key.as_bytes())).value


def with_parameters(der: bytes, number: int, group: dsa.DSAParameterNumbers) -> bytes:
    """The same certificate with its key written out in full: for reading only, since nobody signed it."""
    full = dsa.DSAPublicNumbers(number, group).public_key()
    written = full.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    outer = asn1.decode_der(Outer, der)
    outer.tbs.key = asn1.decode_der(_One, _sequence(written)).value
    return asn1.encode_der(outer)


def signed_part(outer: Outer) -> bytes:
    return asn1.encode_der(outer.tbs)


def _sequence(content: bytes) -> bytes:
    """`content` inside a SEQUENCE."""
    length = len(content).to_bytes(4, "big").lstrip(b"\0")
    short = len(content) < 128
    return (bytes([0x30, len(content)]) if short else bytes([0x30, 0x80 | len(length)]) + length) + content
