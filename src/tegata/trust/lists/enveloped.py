"""The enveloped XAdES signature of a trusted list (TS 119 612 clause 5.7.1 and annex B), and no other.

One signature, a child of the root. Two references: the whole document without the signature, and the signed properties
inside the signature itself. Exclusive canonicalisation and nothing else. What is read is exactly what was digested, so
there is nothing to wrap a signature around.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from typing import Any, Final, NoReturn

from cryptography import x509

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.ades.xades_references import without
from tegata.trust.pki.names import shown
from tegata.trust.public_key import acceptable
from tegata.trust.xmldsig import (
    DIGESTS,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    METHODS,
    PROPERTIES,
    XADES,
    algorithm_of,
    base64_of,
    canonical_bytes,
    value_holds,
)


def verify_enveloped(root: Any, signers: Collection[bytes]) -> bytes:
    """Which of the signers (certificates, DER) signed the document.

    They are known by their bytes, as the list of lists names them, so nothing in them is judged but their key.
    Raises VerificationError when none signed, or the form is another.
    """
    signature = _only(root.findall(f"{{{DS}}}Signature"), "Signature")
    if len(list(root.iter(f"{{{DS}}}Signature"))) != 1:
        _refuse("it holds more than one signature", "署名が複数あります")
    info = _only(signature.findall(f"{{{DS}}}SignedInfo"), "SignedInfo")
    if algorithm_of(info, "CanonicalizationMethod") != EXCLUSIVE:
        _refuse("its canonicalisation is not the exclusive one", "正規化の方式が排他的正規化ではありません")
    _check_references(root, signature, info)
    named = _signing_certificate(signature)
    if named not in signers:
        name = _name(named)
        _refuse(f"it is signed by `{name}`, who may not sign it", f"署名者 `{name}` には署名の権限がありません")
    _check_value(signature, info, x509.load_der_x509_certificate(named).public_key())
    return named


def _check_references(root: Any, signature: Any, info: Any) -> None:
    references = info.findall(f"{{{DS}}}Reference")
    whole = [reference for reference in references if reference.get("URI") == ""]
    inner = [reference for reference in references if reference.get("Type") == PROPERTIES]
    if len(references) != 2 or len(whole) != 1 or len(inner) != 1 or whole == inner:
        _refuse("it does not sign the document and its own properties", "文書と署名属性の二つを署名していません")
    place = f"{{{DS}}}Object/{{{XADES}}}QualifyingProperties/{{{XADES}}}SignedProperties"
    properties = _only(signature.findall(place), "SignedProperties")
    identifier = properties.get("Id")
    if inner[0].get("URI") != f"#{identifier}" or len(root.xpath("//*[@Id=$id]", id=identifier)) != 1:
        _refuse("the signed properties are not those inside it", "署名属性が署名の内部のものではありません")
    _check_digest(whole[0], [ENVELOPED, EXCLUSIVE], without(root, [signature]).getroottree())
    _check_digest(inner[0], [EXCLUSIVE], properties)


def _check_digest(reference: Any, transforms: list[str], element: Any) -> None:
    found = [transform.get("Algorithm") for transform in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
    if found != transforms or any(len(each) for each in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")):
        _refuse("it transforms what it signs in another way", "署名対象の変換が定められたものではありません")
    method = DIGESTS.get(algorithm_of(reference, "DigestMethod"))
    if method is None:
        _refuse("its digest is not accepted", "ダイジェストの方式を受け入れられません")
    digest = hashlib.new(method, canonical_bytes(element)).digest()
    if not hmac.compare_digest(digest, _bytes(reference.find(f"{{{DS}}}DigestValue"))):
        _refuse("what it signed is not what it holds", "署名された内容と現在の内容が異なります")


def _signing_certificate(signature: Any) -> bytes:
    """The first certificate in the key information, which the signed properties must name by its digest."""
    place = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
    named = _bytes(signature.find(place))
    wanted = [
        hashlib.new(DIGESTS[method.get("Algorithm")], named).digest()
        for method in signature.iter(f"{{{DS}}}DigestMethod")
        if method.get("Algorithm") in DIGESTS and method.getparent().tag == f"{{{XADES}}}CertDigest"
    ]
    stated = [_bytes(each.find(f"{{{DS}}}DigestValue")) for each in signature.iter(f"{{{XADES}}}CertDigest")]
    if not stated or not set(stated).intersection(wanted):
        _refuse("its signed properties name another certificate", "署名属性が別の証明書を示しています")
    return named


def _name(certificate: bytes) -> str:
    try:
        return shown(x509.load_der_x509_certificate(certificate).subject)
    except ValueError:
        return "?"


def _check_value(signature: Any, info: Any, key: object) -> None:
    method = algorithm_of(info, "SignatureMethod")
    if method not in METHODS:
        _refuse("its signature method is not accepted", "署名の方式を受け入れられません")
    value = _bytes(signature.find(f"{{{DS}}}SignatureValue"))
    if not value_holds(acceptable(key), method, value, canonical_bytes(info)):
        _refuse("the signature does not hold", "署名が成り立ちません")


def _only(found: list[Any], name: str) -> Any:
    if len(found) != 1:
        _refuse(
            f"it has {len(found)} `{name}` where one belongs", f"`{name}` が {len(found)} 個あります(1 個のはずです)"
        )
    return found[0]


def _bytes(element: Any) -> bytes:
    held = base64_of(element)
    if held is None:
        _refuse("a value in it is not base64", "base64 でない値があります")
    return held


_WHAT: Final = t("the signature of the list does not hold", "リストの署名が成り立ちません")


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(_WHAT, why=t(en, ja))
