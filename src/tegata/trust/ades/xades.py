"""XAdES in ASiC-E containers (ETSI EN 319 132-1, EN 319 162-1 clause 4.4.3): signatures over whole files, in XML.

Read strictly, so that nothing can be wrapped around what was signed: a reference means a file of the container by its
name, byte for byte, or the signed properties that stand at their one place inside the signature. Transforms other than
a canonicalisation of these, references into documents, counter-signatures and names that stand twice are refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from tegata.model.base import Text, t
from tegata.model.errors import InputError, VerificationError
from tegata.trust.ades.signature import MAX_OBJECTS, Ades, NoCertificateError, absent, other_content
from tegata.trust.lists.xml import parse
from tegata.trust.public_key import acceptable
from tegata.trust.timestamp import is_over
from tegata.trust.xmldsig import (
    CANONICAL,
    DIGESTS,
    DS,
    INCLUSIVE,
    METHODS,
    PROPERTIES,
    XADES,
    algorithm_of,
    base64_of,
    canonical_bytes,
    value_holds,
)

_LISTS: Final = frozenset(
    f"{{http://uri.etsi.org/{place}#}}XAdESSignatures" for place in ("02918/v1.1.1", "02918/v1.2.1", "2918/v1.2.1")
)
_MAX_SIGNATURES: Final = 64
_QUALIFYING: Final = f"{{{DS}}}Object/{{{XADES}}}QualifyingProperties"
_UNSIGNED: Final = f"{_QUALIFYING}/{{{XADES}}}UnsignedProperties/{{{XADES}}}UnsignedSignatureProperties"


class XmlSignature(NamedTuple):
    """One signature of a document, and the names of the files that it is over."""

    element: Any
    files: tuple[str, ...]

    def read(self, files: Mapping[str, bytes]) -> Ades:
        """Raises VerificationError; NoCertificateError when its certificate is not there."""
        return _read(self.element, files)


def read_document(data: bytes) -> list[XmlSignature]:
    """The signatures of `META-INF/*signatures*.xml`. Raises VerificationError for another form."""
    try:
        root = parse(data)
    except InputError as error:
        raise VerificationError(error.what, why=error.why) from None
    tag = f"{{{DS}}}Signature"
    signatures = [root] if root.tag == tag else list(root) if root.tag in _LISTS else []
    if not 0 < len(signatures) <= _MAX_SIGNATURES or any(one.tag != tag for one in signatures):
        _refuse("it is not a list of signatures", "署名の一覧ではありません")
    if len(list(root.iter(tag))) != len(signatures):
        _refuse("a signature stands inside another", "署名の中に別の署名があります")
    named = [one for name in ("Id", "ID", "id") for one in root.xpath(f"//@{name}")]
    if len(set(named)) != len(named):
        _refuse("a name stands twice in it", "同じ名前が二度使われています")
    return [XmlSignature(one, tuple(_name(reference) for reference in _references(one)[0])) for one in signatures]


def _references(signature: Any) -> tuple[list[Any], Any]:
    """The references to files, and the one to the signed properties."""
    found = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    inner = [one for one in found if one.get("Type") == PROPERTIES]
    outer = [one for one in found if one.get("Type") != PROPERTIES]
    if len(inner) != 1 or not 0 < len(outer) <= MAX_OBJECTS:
        _refuse("it does not sign files and its own properties", "ファイルと署名属性を署名していません")
    if any(one.find(f"{{{DS}}}Transforms") is not None for one in outer):
        _refuse("it transforms the files that it signs", "署名対象のファイルを変換しています")
    return outer, inner[0]


def _name(reference: Any) -> str:
    """The file that a reference means, from the root of the container."""
    uri = reference.get("URI", "")
    try:
        name = unquote(uri, errors="strict").removeprefix("/")
    except UnicodeDecodeError:
        name = ""
    if not name or uri.startswith(("#", "//")) or ":" in uri or "?" in uri or "#" in uri:
        _refuse("it names no file of the container", "コンテナー内のファイルを示していません")
    return name


def _read(signature: Any, files: Mapping[str, bytes]) -> Ades:
    info = _only(signature, f"{{{DS}}}SignedInfo")
    properties = _only(signature, f"{_QUALIFYING}/{{{XADES}}}SignedProperties")
    if len(signature.findall(_QUALIFYING)) != 1:
        _refuse("it has several qualifying properties", "署名属性が複数あります")
    outer, inner = _references(signature)
    certificate, others = _certificates(signature, properties)
    signed = properties, canonical_bytes(properties, _own_method(inner))
    stamps, value = _stamps(signature)
    return Ades(
        "XAdES",
        certificate,
        others,
        _held(signature, "RevocationValues/CRLValues/EncapsulatedCRLValue"),
        _time(properties),
        lambda: _same(outer, inner, signed, files),
        _holds(signature, info, certificate),
        value,
        stamps,
        _held(signature, "RevocationValues/OCSPValues/EncapsulatedOCSPValue"),
    )


def _holds(signature: Any, info: Any, certificate: bytes) -> Callable[[], Text]:
    canonical, method = algorithm_of(info, "CanonicalizationMethod"), algorithm_of(info, "SignatureMethod")
    if canonical not in CANONICAL or method not in METHODS:
        _refuse("its algorithms are not accepted", "アルゴリズムが認められません")
    value = base64_of(signature.find(f"{{{DS}}}SignatureValue"))

    def holds() -> Text:
        try:
            key = acceptable(x509.load_der_x509_certificate(certificate).public_key())
        except (ValueError, UnsupportedAlgorithm):
            raise VerificationError(t("the certificate cannot be read", "証明書を読み取れません")) from None
        if value is None or not value_holds(key, method, value, canonical_bytes(info, canonical)):
            raise VerificationError(t("the signature does not hold", "署名が成り立ちません"))
        return t("the key of the certificate signed this", "証明書の鍵が署名しました")

    return holds


def _own_method(inner: Any) -> str:
    """How the signed properties are canonicalised; nothing else may be done to them."""
    transforms = [one.get("Algorithm") for one in inner.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
    method = transforms[0] if transforms else INCLUSIVE
    if len(transforms) > 1 or method not in CANONICAL:
        _refuse("it transforms its properties in another way", "署名属性の変換が定められたものではありません")
    return str(method)


def _same(outer: list[Any], inner: Any, signed: tuple[Any, bytes], files: Mapping[str, bytes]) -> Text:
    properties, canonical = signed
    if inner.get("URI") != f"#{properties.get('Id')}":
        raise VerificationError(t("the signed properties are not its own", "署名属性がこの署名のものではありません"))
    if not _digest_is(inner, canonical):
        raise VerificationError(t("its properties are not those signed", "署名属性が署名されたものと異なります"))
    for reference in outer:
        name = _name(reference)
        if name not in files:
            raise absent(name)
        if not _digest_is(reference, files[name]):
            raise other_content(name)
    count = len(outer)
    return t(f"the files at hand are those signed: {count}", f"手元の {count} 件は署名されたものです")


def _digest_is(reference: Any, data: bytes) -> bool:
    name = DIGESTS.get(algorithm_of(reference, "DigestMethod"))
    if name is None:
        _refuse("its digest is not accepted", "ダイジェストの方式を受け入れられません")
    return hashlib.new(name, data).digest() == base64_of(reference.find(f"{{{DS}}}DigestValue"))


def _certificates(signature: Any, properties: Any) -> tuple[bytes, tuple[bytes, ...]]:
    """The one that the signed properties mean by its digest, and those that came along."""
    place = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
    brought = [one for one in map(base64_of, signature.findall(place)) if one]
    signed = f"{{{XADES}}}SignedSignatureProperties/{{{XADES}}}%s/{{{XADES}}}Cert/{{{XADES}}}CertDigest"
    meant = [
        one for name in ("SigningCertificateV2", "SigningCertificate") for one in properties.findall(signed % name)
    ]
    own = next((one for one in brought if meant and _digest_is(meant[0], one)), None)
    if own is None:
        raise NoCertificateError(t("the certificate that it means is not there", "署名の示す証明書がありません"))
    known = (*brought, *_held(signature, "CertificateValues/EncapsulatedX509Certificate"))
    return own, tuple(one for one in known if one != own)


def _stamps(signature: Any) -> tuple[tuple[bytes, ...], bytes]:
    """Time-stamps on the signature, and what they are over: the element of its value, canonicalised as the first says.

    X-Road stamps the value itself, which binds as much.
    """
    element = _only(signature, f"{{{DS}}}SignatureValue")
    held = signature.findall(f"{_UNSIGNED}/{{{XADES}}}SignatureTimeStamp")
    method = algorithm_of(held[0], "CanonicalizationMethod") if held else ""
    tokens = [base64_of(token) for one in held for token in one.iterfind(f"{{{XADES}}}EncapsulatedTimeStamp")]
    stamps, value = tuple(token for token in tokens if token), base64_of(element) or b""
    if stamps and is_over(stamps[0], value):
        return stamps, value
    return stamps, canonical_bytes(element, method if method in CANONICAL else INCLUSIVE)


def _held(signature: Any, path: str) -> tuple[bytes, ...]:
    place = "/".join(f"{{{XADES}}}{name}" for name in path.split("/"))
    return tuple(one for one in map(base64_of, signature.findall(f"{_UNSIGNED}/{place}")) if one)


def _time(properties: Any) -> dt.datetime | None:
    stated = properties.findtext(f"{{{XADES}}}SignedSignatureProperties/{{{XADES}}}SigningTime")
    if stated is None:
        return None
    try:
        at = dt.datetime.fromisoformat(stated.strip())
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        _refuse("its time is malformed", "時刻の形式が誤っています")


def _only(element: Any, path: str) -> Any:
    found = element.findall(path)
    if len(found) != 1:
        name = path.rpartition("}")[2]
        _refuse(f"it has {len(found)} `{name}`", f"`{name}` が {len(found)} 個あります")
    return found[0]


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the signature is not acceptable XAdES", "XAdES として認められません"), why=t(en, ja))
