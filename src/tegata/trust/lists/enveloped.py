"""The enveloped XAdES signature of a trusted list (TS 119 612 clause 5.7.1 and annex B), and no other.

One signature, a child of the root. Two references: the whole document without the signature, and the signed properties
inside the signature itself. Exclusive canonicalisation and nothing else. What is read is exactly what was digested, so
there is nothing to wrap a signature around.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import hmac
from collections.abc import Callable, Collection
from typing import Any, Final, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.lists.xml import xml_library
from tegata.trust.pki.names import shown

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = DS + "enveloped-signature"
PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
DIGESTS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MGF: Final = "http://www.w3.org/2007/05/xmldsig-more#"
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
METHODS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    **{f"{_MORE}rsa-{name}": ("rsa", algorithm) for name, algorithm in _HASHES.items()},
    **{f"{_MGF}{name}-rsa-MGF1": ("pss", algorithm) for name, algorithm in _HASHES.items()},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa", algorithm) for name, algorithm in _HASHES.items()},
}


def verify_enveloped(root: Any, signers: Collection[bytes]) -> bytes:
    """Which of the signers (certificates, DER) signed the document.

    They are known by their bytes, as the list of lists names them, so nothing in them is judged but their key.
    Raises VerificationError when none signed, or the form is another.
    """
    signature = _only(root.findall(f"{{{DS}}}Signature"), "Signature")
    if len(list(root.iter(f"{{{DS}}}Signature"))) != 1:
        _refuse("it holds more than one signature", "署名が複数あります")
    info = _only(signature.findall(f"{{{DS}}}SignedInfo"), "SignedInfo")
    if _algorithm(info, "CanonicalizationMethod") != EXCLUSIVE:
        _refuse("its canonicalisation is not the exclusive one", "正規化の方式が排他的正規化ではありません")
    _check_references(root, signature, info)
    named = _signing_certificate(signature)
    if named not in signers:
        name = _name(named)
        _refuse(f"it is signed by `{name}`, who may not sign it", f"署名者 `{name}` には署名の権限がありません")
    _check_value(signature, info, x509.load_der_x509_certificate(named).public_key())
    return named


def canonical_bytes(element: Any) -> bytes:
    etree = xml_library()
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def without(root: Any, signature: Any) -> Any:
    """A copy of the document as the enveloped-signature transform leaves it: text after the signature stays."""
    path = root.index(signature)
    kept = copy.deepcopy(root)
    removed = kept[path]
    tail = removed.tail or ""
    if path:
        kept[path - 1].tail = (kept[path - 1].tail or "") + tail
    else:
        kept.text = (kept.text or "") + tail
    removed.tail = None
    kept.remove(removed)
    return kept


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
    _check_digest(whole[0], [ENVELOPED, EXCLUSIVE], without(root, signature))
    _check_digest(inner[0], [EXCLUSIVE], properties)


def _check_digest(reference: Any, transforms: list[str], element: Any) -> None:
    found = [transform.get("Algorithm") for transform in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
    if found != transforms or any(len(each) for each in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")):
        _refuse("it transforms what it signs in another way", "署名対象の変換が定められたものではありません")
    method = DIGESTS.get(_algorithm(reference, "DigestMethod"))
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
    method = METHODS.get(_algorithm(info, "SignatureMethod"))
    if method is None:
        _refuse("its signature method is not accepted", "署名の方式を受け入れられません")
    value, message = _bytes(signature.find(f"{{{DS}}}SignatureValue")), canonical_bytes(info)
    try:
        _VERIFY[method[0]](key, value, message, method[1])
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        _refuse("the signature does not hold", "署名が成り立ちません")


def _rsa(key: object, value: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(value, message, padding.PKCS1v15(), algorithm)


def _pss(key: object, value: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(value, message, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)


def _ecdsa(key: object, value: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
    """XML writes the two numbers one after the other, each as long as the curve (RFC 4050)."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(value) != 2 * ((key.key_size + 7) // 8):
        raise InvalidSignature
    half = len(value) // 2
    pair = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    key.verify(pair, message, ec.ECDSA(algorithm))


_VERIFY: Final[dict[str, Callable[[object, bytes, bytes, hashes.HashAlgorithm], None]]] = {
    "rsa": _rsa,
    "pss": _pss,
    "ecdsa": _ecdsa,
}


def _only(found: list[Any], name: str) -> Any:
    if len(found) != 1:
        _refuse(
            f"it has {len(found)} `{name}` where one belongs", f"`{name}` が {len(found)} 個あります(1 個のはずです)"
        )
    return found[0]


def _algorithm(element: Any, name: str) -> str:
    child = element.find(f"{{{DS}}}{name}")
    return str(child.get("Algorithm", "")) if child is not None else ""


def _bytes(element: Any) -> bytes:
    try:
        return base64.b64decode("".join((element.text if element is not None else "").split()), validate=True)
    except (binascii.Error, ValueError, AttributeError):
        _refuse("a value in it is not base64", "base64 でない値があります")


_WHAT: Final = t("the signature of the list does not hold", "リストの署名が成り立ちません")


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(_WHAT, why=t(en, ja))
