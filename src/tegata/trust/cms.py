"""CMS SignedData (RFC 5652): read, verified, built, added to. The ground of time-stamps, CAdES and PAdES.

Verify somebody's signature:

    signed = read_signed(data)
    signer = signed.signers[0]
    certificate = signed.certificate_of(signer, others=())
    verify_signer(signed, signer, certificate)                      # content inside
    verify_signer(signed, signer, certificate, digest_of(content))  # content beside it

This tells that the holder of the key behind the certificate signed these bytes with these attributes; whether to
trust the certificate at that time is another question. Attributes are `signer.signed` and `signer.unsigned`: values
(DER) by object identifier.

Make one (`cms_sign`):

    data = sign_data(DATA, content, certified, {SIGNING_TIME: der.time(at)}, detached=True)
    signed = read_signed(data)
    later = signed.with_unsigned(SIGNATURE_TIME_STAMP, token)       # CAdES-T; then more, `.encode()` gives the bytes
    later = later._replace(certificates=(*later.certificates, ca))  # what long-term levels carry

Without signed attributes nothing verifies here: such a signature over attributes could be passed off as one over
content, and the other way round. Read, the parts keep their bytes, so what was signed is what is written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import algorithms, der
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.der import SEQUENCE, SET, Element, Fields

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
DATA: Final = "1.2.840.113549.1.7.1"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
CONTENT_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.20"
SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"  # ESSCertID, SHA-1 (RFC 2634)
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"  # ESSCertIDv2 (RFC 5035)
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"  # RFC 6211

Attributes = Mapping[str, tuple[bytes, ...]]
"""The values (DER) of each attribute, by its object identifier."""

_MAX_SIGNERS: Final = 64
_MAX_CERTIFICATES: Final = 256


class Signer(NamedTuple):
    """One SignerInfo. Its parts are kept as they came."""

    version: bytes
    sid: Element
    digest_algorithm: Element
    signed_attributes: Element | None
    signature_algorithm: Element
    signature: bytes
    unsigned_attributes: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        """Name of its digest in hashlib. Raises VerificationError for one that is not acceptable."""
        return algorithms.digest_name(self.digest_algorithm)

    @property
    def signed(self) -> Attributes:
        if self.signed_attributes is None:
            raise _refused("it has no signed attributes", "署名対象の属性がありません")
        return attributes_of(der.parts(self.signed_attributes))

    @property
    def unsigned(self) -> Attributes:
        return attributes_of([der.read(raw) for raw in self.unsigned_attributes], repeated=True)

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over: the attributes as a SET in the order of DER (RFC 5652 section 5.4)."""
        if self.signed_attributes is None:
            raise _refused("it has no signed attributes", "署名対象の属性がありません")
        return der.set_of(part.raw for part in der.parts(self.signed_attributes))

    @property
    def fields(self) -> tuple[bytes, ...]:
        """All but the unsigned attributes, in order (RFC 5652 section 5.3)."""
        attributes = self.signed_attributes.raw if self.signed_attributes else b""
        algorithms = (self.digest_algorithm.raw, attributes, self.signature_algorithm.raw)
        return (self.version, self.sid.raw, *algorithms, der.octets(self.signature))

    def encode(self) -> bytes:
        unsigned = der.set_of(self.unsigned_attributes, 0xA1) if self.unsigned_attributes else b""
        return der.sequence(*self.fields, unsigned)


class SignedData(NamedTuple):
    """What was signed, by whom, and what came with it. `content` is None when it is beside the signature."""

    version: bytes
    digest_algorithms: Element
    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    revocations: tuple[bytes, ...]
    signers: tuple[Signer, ...]

    def certificate_of(self, signer: Signer, others: Iterable[bytes] = ()) -> x509.Certificate:
        """The certificate (inside, or of those given) that the signer names by issuer and serial or by key.

        Never a guess: a certificate that was put in beside is not looked at. Raises VerificationError.
        """
        for raw in (*self.certificates, *others):
            if _names(signer.sid, raw):
                return load_certificate(raw)
        raise _refused("the certificate of the signer is not there", "署名者の証明書がありません")

    def with_unsigned(self, oid: str, value: bytes, at: int = 0) -> SignedData:
        """The same with one more unsigned attribute (its value in DER) at the signer with this number."""
        signer = self.signers[at]
        more = signer._replace(unsigned_attributes=(*signer.unsigned_attributes, attribute(oid, value)))
        return self._replace(signers=(*self.signers[:at], more, *self.signers[at + 1 :]))

    def encode(self) -> bytes:
        """The ContentInfo, in DER."""
        held = b"" if self.content is None else der.tlv(0xA0, der.octets(self.content))
        certificates = der.set_of(self.certificates, 0xA0) if self.certificates else b""
        revocations = der.set_of(self.revocations, 0xA1) if self.revocations else b""
        signers = der.set_of(signer.encode() for signer in self.signers)
        content = der.sequence(der.oid(self.content_type), held)
        parts = (self.version, self.digest_algorithms.raw, content, certificates, revocations, signers)
        return der.sequence(der.oid(SIGNED_DATA), der.tlv(0xA0, der.sequence(*parts)))


def read_signed(data: bytes) -> SignedData:
    """A ContentInfo that holds SignedData, in DER, or in BER when its outermost length is indefinite.

    Nothing is verified yet. Raises VerificationError.
    """
    info = Fields(der.read(der.definite(data) if data[1:2] == b"\x80" else data))
    if der.oid_of(info.take()) != SIGNED_DATA:
        raise _refused("it is not signed data", "署名データではありません")
    fields = Fields(der.inside(info.take(0xA0), SEQUENCE))
    info.end()
    version, digests, content = fields.take(der.INTEGER).raw, fields.take(SET), Fields(fields.take(SEQUENCE))
    content_type, held = der.oid_of(content.take()), content.optional(0xA0)
    content.end()
    certificates, revocations = fields.optional(0xA0), fields.optional(0xA1)
    signers = der.parts(fields.take(SET))
    fields.end()
    return SignedData(
        version,
        digests,
        content_type,
        der.inside(held, der.OCTET_STRING).content if held else None,
        tuple(part.raw for part in _bounded(certificates, _MAX_CERTIFICATES)),
        tuple(part.raw for part in _bounded(revocations, _MAX_CERTIFICATES)),
        tuple(_signer(part) for part in _limited(signers, _MAX_SIGNERS)),
    )


def verify_signer(
    signed: SignedData, signer: Signer, certificate: x509.Certificate, digest: DigestOf | None = None
) -> None:
    """Whether the key of `certificate` signed this content with these attributes. Raises VerificationError.

    WeakError when it did, with what once was good enough.

    Args:
        digest: digests of a content that is not inside (`digest_of`).
    """
    attributes, name = signer.signed, algorithms.any_digest_name(signer.digest_algorithm)
    if digest is None:
        digest = digest_of(_inside(signed))
    if _single(attributes, CONTENT_TYPE) != der.oid(signed.content_type):
        raise _refused("it was made for another type of content", "別の種類の内容に対するものです")
    if _single(attributes, MESSAGE_DIGEST) != der.octets(digest(name)):
        raise VerificationError(t("what was signed is other content", "署名されたのは別の内容です"))
    if ALGORITHM_PROTECTION in attributes:
        _check_protection(signer, der.read(_single(attributes, ALGORITHM_PROTECTION)))
    check_reference(attributes, certificate)
    key = public_key(certificate)
    algorithms.verify_signature(key, signer.signature_algorithm, name, signer.signature, signer.signed_bytes)


def check_reference(attributes: Attributes, certificate: x509.Certificate, *, required: bool = False) -> None:
    """Whether the signed reference to the signer's certificate, where there is one, means this certificate.

    ESSCertIDv2 (RFC 5035), or ESSCertID as older time-stamps have it (RFC 2634). Raises VerificationError.
    """
    raw = certificate.public_bytes(Encoding.DER)
    found = False
    for oid, default in ((SIGNING_CERTIFICATE_V2, "sha256"), (SIGNING_CERTIFICATE, "sha1")):
        if oid in attributes:
            found = True
            first = Fields(Fields(der.read(_single(attributes, oid))).take(SEQUENCE)).take(SEQUENCE)
            fields = Fields(first)
            stated = fields.optional(SEQUENCE) if oid == SIGNING_CERTIFICATE_V2 else None
            name = algorithms.digest_name(stated) if stated else default
            if fields.take(der.OCTET_STRING).content != hashlib.new(name, raw).digest():
                raise _refused("it means another certificate", "別の証明書を指しています")
    if required and not found:
        raise _refused("it does not name its certificate", "署名者の証明書を示す属性がありません")


def attribute(oid: str, *values: bytes) -> bytes:
    """An Attribute (DER)."""
    return der.sequence(der.oid(oid), der.set_of(values))


def load_certificate(raw: bytes) -> x509.Certificate:
    """An X.509 certificate (DER). Raises VerificationError."""
    serial = Fields(issuer_and_serial(raw)).rest()[1]
    if der.integer_of(serial) <= 0:
        raise _refused("a certificate has no positive serial number", "証明書のシリアル番号が正の数ではありません")
    try:
        return x509.load_der_x509_certificate(raw)
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise _refused("a certificate cannot be read", "証明書を読み取れません") from None


def public_key(certificate: x509.Certificate) -> Any:
    """Its key. Raises VerificationError for a kind that is not known."""
    try:
        return certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused("the key of a certificate cannot be read", "証明書の鍵を読み取れません") from None


def _signer(element: Element) -> Signer:
    fields = Fields(element)
    version, sid = fields.take(der.INTEGER), fields.take()
    if (sid.tag, der.integer_of(version)) not in ((SEQUENCE, 1), (0x80, 3)):
        raise _refused("a signer is named in an unknown way", "署名者の示し方が未知のものです")
    digest, signed, algorithm = fields.take(SEQUENCE), fields.optional(0xA0), fields.take(SEQUENCE)
    signature, unsigned = fields.take(der.OCTET_STRING).content, fields.optional(0xA1)
    fields.end()
    unsigned_attributes = tuple(part.raw for part in der.parts(unsigned)) if unsigned else ()
    return Signer(version.raw, sid, digest, signed, algorithm, signature, unsigned_attributes)


def attributes_of(elements: list[Element], *, repeated: bool = False) -> dict[str, tuple[bytes, ...]]:
    """A signed attribute stands once, but for time-stamps; unsigned ones of a kind are put together.

    RFC 5652 sections 11.1 to 11.3 say so of the three that matter; EN 319 122-1 clause 5.2.8 of content-time-stamp,
    which nothing here rests on.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for element in elements:
        fields = Fields(element)
        oid, values = der.oid_of(fields.take()), tuple(part.raw for part in der.parts(fields.take(SET)))
        fields.end()
        if oid in found and not repeated and oid != CONTENT_TIME_STAMP:
            raise _refused("a signed attribute is repeated", "署名対象の属性が重複しています")
        found[oid] = (*found.get(oid, ()), *values)
    return found


def _single(attributes: Attributes, oid: str) -> bytes:
    values = attributes.get(oid, ())
    if len(values) != 1:
        raise _refused("a signed attribute is missing", "必要な署名対象の属性がありません")
    return values[0]


def _check_protection(signer: Signer, value: Element) -> None:
    """RFC 6211 section 2: the algorithms that the signer meant are those that stand there."""
    fields = Fields(value)
    digest, signature = fields.take(SEQUENCE), fields.optional(0xA1)
    if signature is None or digest.raw != signer.digest_algorithm.raw:
        raise _refused("its algorithms are not those that were signed", "署名されたアルゴリズムと異なります")
    if der.as_tag(signature, SEQUENCE).raw != signer.signature_algorithm.raw:
        raise _refused("its algorithms are not those that were signed", "署名されたアルゴリズムと異なります")


def _inside(signed: SignedData) -> bytes:
    if signed.content is None:
        raise _refused("what was signed is not inside", "署名された内容が含まれていません")
    return signed.content


def issuer_and_serial(certificate: bytes) -> Element:
    """IssuerAndSerialNumber of a certificate, with the name as its bytes are there."""
    tbs = Fields(Fields(der.read(certificate)).take(SEQUENCE))
    tbs.optional(0xA0)
    serial, _, issuer = tbs.take(der.INTEGER), tbs.take(SEQUENCE), tbs.take(SEQUENCE)
    return der.read(der.sequence(issuer.raw, serial.raw))


def _names(sid: Element, certificate: bytes) -> bool:
    if certificate[:1] != b"\x30":  # an attribute certificate or something unknown
        return False
    if sid.tag == SEQUENCE:
        return issuer_and_serial(certificate).raw == sid.raw
    try:
        extension = load_certificate(certificate).extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return extension.value.digest == sid.content


def _bounded(element: Element | None, most: int) -> list[Element]:
    return _limited(der.parts(element), most) if element else []


def _limited(elements: list[Element], most: int) -> list[Element]:
    if len(elements) > most:
        raise _refused("it holds too many of a kind", "要素が多すぎます")
    return elements


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the signed data are not acceptable", "署名データが認められません"), why=t(en, ja))
