"""Making XAdES signatures (EN 319 132-1): over files beside them, or inside the XML document that they are over."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.ades import xades_values
from tegata.trust.ades.manifest import media_type
from tegata.trust.ades.signature import Contents
from tegata.trust.ades.xades_form import (
    SIGNATURE,
    XADES141,
    Allowance,
    only,
    qualifying,
    refuse,
    signatures_in,
)
from tegata.trust.ades.xades_references import read_references
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import DigestOf
from tegata.trust.jose import jose_form
from tegata.trust.xml import parse_signed, xml_library
from tegata.trust.xmldsig import (
    DIGESTS,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    METHODS,
    PROPERTIES,
    XADES,
    canonical_bytes,
)

ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
_URIS: Final = {name: uri for uri, name in DIGESTS.items()}
_METHOD_URIS: Final = {(kind, algorithm.name): uri for uri, (kind, algorithm) in METHODS.items()}
_PREFIXES: Final = {"ds": DS, "xades": XADES}


class Signed(NamedTuple):
    """Something that is signed: how a reference names it, its digest, what is done to it before, its media type."""

    uri: str
    hash_name: str
    digest: bytes
    transforms: tuple[str, ...] = ()
    media_type: str = ""


def sign_files(digests: Mapping[str, bytes], certified: CertifiedKey, at: dt.datetime) -> bytes:
    """A document of one signature over files beside it, by name and SHA-256. UsageError: the key has no name in XML."""
    etree = xml_library()
    root = etree.Element(f"{{{ASIC}}}XAdESSignatures", nsmap={"asic": ASIC, **_PREFIXES})
    add_signature(root, [_file(name, digest) for name, digest in digests.items()], certified, at)
    return written(root)


def sign_document(document: bytes, certified: CertifiedKey, at: dt.datetime) -> bytes:
    """An XML document with one more signature as the last child of its root, over all but signatures of this kind.

    VerificationError when it is no XML, or names stand twice in it.
    """
    root = parse_signed(document)
    if next(root.iter(SIGNATURE), None) is not None:
        refuse("it is signed already: a further signature would be over it and change it", "すでに署名されています")
    add_signature(root, [whole_document(root, certified, "text/xml")], certified, at)
    return written(root)


def whole_document(root: Any, certified: CertifiedKey, media_type: str = "") -> Signed:
    """All of a document but the signature that will stand in it."""
    name = certified.algorithm.digest
    digest = hashlib.new(name, canonical_bytes(root.getroottree())).digest()
    return Signed("", name, digest, (ENVELOPED, EXCLUSIVE), media_type)


def add_signature(
    root: Any, signed: Sequence[Signed], certified: CertifiedKey, at: dt.datetime, *, chain: bool = True
) -> None:
    """Adds a signature as the last child of the root. UsageError for a key that XML has no name for.

    Args:
        chain: whether the certificates above the signer's come along.
    """
    method, digest = _method(certified), certified.algorithm.digest
    signature = _add(root, DS, "Signature", Id="sig")
    info, value = _add(signature, DS, "SignedInfo"), _add(signature, DS, "SignatureValue", Id="sig-value")
    held = _add(_add(signature, DS, "KeyInfo"), DS, "X509Data")
    for one in (certified.certificate, *(certified.chain if chain else ())):
        _add(held, DS, "X509Certificate", _base64(one))
    properties = _properties(signature, certified, at)
    _formats(properties, signed)
    _add(info, DS, "CanonicalizationMethod", Algorithm=EXCLUSIVE)
    _add(info, DS, "SignatureMethod", Algorithm=method)
    for number, each in enumerate(signed):
        _reference(info, {"Id": f"sig-data-{number}", "URI": each.uri}, each)
    own = hashlib.new(digest, canonical_bytes(properties)).digest()
    _reference(info, {"Type": PROPERTIES, "URI": "#sig-properties"}, Signed("", digest, own, (EXCLUSIVE,)))
    made = certified.sign(canonical_bytes(info))
    value.text = _base64(jose_form(made, certified.x509.public_key()))


def stamped_value(document: bytes) -> bytes:
    """What a time-stamp on the signature is over (clause 5.3): the element of its value. VerificationError."""
    (signature,) = _alone(parse_signed(document))
    return canonical_bytes(only(signature, "SignatureValue"))


def with_stamp(document: bytes, token: bytes) -> bytes:
    """The signature with a time-stamp on it: level B-T."""
    root = parse_signed(document)
    _stamp(_unsigned(root), XADES, "SignatureTimeStamp", token)
    return written(root)


def with_values(
    document: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes] = ()
) -> bytes:
    """The signature with all that its verdict needs: level B-LT. `answers`: OCSP responses (DER)."""
    root = parse_signed(document)
    place = _unsigned(root)
    _values(_add(place, XADES, "CertificateValues"), "EncapsulatedX509Certificate", certificates)
    told = _add(place, XADES, "RevocationValues")
    for name, kept in (("CRL", list(lists)), ("OCSP", list(answers))):
        if kept:
            _values(_add(told, XADES, f"{name}Values"), f"Encapsulated{name}Value", kept)
    return written(root)


def with_archive(document: bytes, contents: Contents, token: Callable[[DigestOf], bytes]) -> bytes:
    """The signature with a time-stamp over its data and all of it (clause 5.5.2): level B-LTA, and again later.

    Args:
        contents: what was signed, unless it is the document.
        token: gives a time-stamp over what has these digests.

    Raises VerificationError, OpenError when the data are not at hand.
    """
    root = parse_signed(document)
    (signature,) = _alone(root)
    place = _unsigned(root)
    references = read_references(signature, Allowance(document))
    over = xades_values.archived(signature, references, contents, len(place), EXCLUSIVE)
    _stamp(place, XADES141, "ArchiveTimeStamp", token(over))
    return written(root)


def _file(name: str, digest: bytes) -> Signed:
    return Signed(quote(name), "sha256", digest, media_type=media_type(name))


def _method(certified: CertifiedKey) -> str:
    key = certified.x509.public_key()
    kind = "rsa" if isinstance(key, rsa.RSAPublicKey) else "ecdsa" if isinstance(key, ec.EllipticCurvePublicKey) else ""
    uri = _METHOD_URIS.get((kind, certified.algorithm.digest))
    if uri is None:
        raise UsageError(
            t("this kind of key cannot sign in XML", "この種類の鍵では XML に署名できません"),
            hint=t(
                "take an RSA key or one on P-256, P-384 or P-521", "RSA か P-256、P-384、P-521 の鍵を使ってください"
            ),
        )
    return uri


def _properties(signature: Any, certified: CertifiedKey, at: dt.datetime) -> Any:
    qualifying = _add(_add(signature, DS, "Object"), XADES, "QualifyingProperties", Target="#sig")
    properties = _add(qualifying, XADES, "SignedProperties", Id="sig-properties")
    told = _add(properties, XADES, "SignedSignatureProperties")
    _add(told, XADES, "SigningTime", at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    digest = _add(_add(_add(told, XADES, "SigningCertificateV2"), XADES, "Cert"), XADES, "CertDigest")
    _add(digest, DS, "DigestMethod", Algorithm=_URIS["sha256"])
    _add(digest, DS, "DigestValue", _base64(hashlib.sha256(certified.certificate).digest()))
    return properties


def _formats(properties: Any, signed: Sequence[Signed]) -> None:
    """What kind of thing each is (clause 5.2.4), where that is known."""
    kinds = [(number, one.media_type) for number, one in enumerate(signed) if one.media_type]
    told = _add(properties, XADES, "SignedDataObjectProperties") if kinds else None
    for number, kind in kinds:
        _add(_add(told, XADES, "DataObjectFormat", ObjectReference=f"#sig-data-{number}"), XADES, "MimeType", kind)


def _reference(info: Any, about: dict[str, str], signed: Signed) -> None:
    reference = _add(info, DS, "Reference", **about)
    listed = _add(reference, DS, "Transforms") if signed.transforms else None
    for transform in signed.transforms:
        _add(listed, DS, "Transform", Algorithm=transform)
    _add(reference, DS, "DigestMethod", Algorithm=_URIS[signed.hash_name])
    _add(reference, DS, "DigestValue", _base64(signed.digest))


def _alone(root: Any) -> list[Any]:
    """The one signature of a document. VerificationError for several."""
    found = signatures_in(root)
    if len(found) != 1:
        refuse("it has not exactly one signature", "署名がちょうど一つではありません")
    return found


def _unsigned(root: Any) -> Any:
    """Where properties stand that nobody signed; made when there is no such place yet."""
    (signature,) = _alone(root)
    place = qualifying(signature)[0] if qualifying(signature) else signature
    if place.tag != f"{{{XADES}}}QualifyingProperties":
        refuse("its properties are not those of EN 319 132-1", "EN 319 132-1 の署名属性ではありません")
    for name in ("UnsignedProperties", "UnsignedSignatureProperties"):
        found = place.find(f"{{{XADES}}}{name}")
        place = found if found is not None else _add(place, XADES, name)
    return place


def _stamp(place: Any, space: str, name: str, token: bytes) -> None:
    element = _add(place, space, name)
    _add(element, DS, "CanonicalizationMethod", Algorithm=EXCLUSIVE)
    _add(element, XADES, "EncapsulatedTimeStamp", _base64(token))


def _values(place: Any, name: str, values: Iterable[bytes]) -> None:
    for one in values:
        _add(place, XADES, name, _base64(one))


def _add(parent: Any, space: str, name: str, text: str | None = None, **attributes: str) -> Any:
    prefixes = {**_PREFIXES, "xades141": space} if space == XADES141 else _PREFIXES
    element = xml_library().SubElement(parent, f"{{{space}}}{name}", attributes, nsmap=prefixes)
    element.text = text
    return element


def written(root: Any) -> bytes:
    """The document as a file."""
    tree = root.getroottree()
    return bytes(xml_library().tostring(tree, xml_declaration=True, encoding="UTF-8"))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
