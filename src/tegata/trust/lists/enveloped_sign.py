"""Making the enveloped signature that enveloped.py verifies: XAdES with SigningCertificateV2 (EN 319 132-1)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.certified import CertifiedKey
from tegata.trust.lists.enveloped import ENVELOPED
from tegata.trust.lists.xml import xml_library
from tegata.trust.xmldsig import DIGESTS, DS, EXCLUSIVE, METHODS, PROPERTIES, XADES, canonical_bytes

_URIS: Final = {name: uri for uri, name in DIGESTS.items()}
_METHOD_URIS: Final = {(kind, algorithm.name): uri for uri, (kind, algorithm) in METHODS.items()}
_PREFIXES: Final = {"ds": DS, "xades": XADES}
_SIGNATURE: Final = "sig"
_PROPERTIES: Final = "sig-properties"


def sign_enveloped(root: Any, signer: CertifiedKey, at: dt.datetime) -> None:
    """Adds the signature as the last child of the root. Raises UsageError for a key that XML has no name for."""
    method, digest = _method(signer), signer.algorithm.digest
    whole = hashlib.new(digest, canonical_bytes(root)).digest()
    signature = _add(root, DS, "Signature", Id=_SIGNATURE)
    info = _add(signature, DS, "SignedInfo")
    value = _add(signature, DS, "SignatureValue")
    _add(_add(_add(signature, DS, "KeyInfo"), DS, "X509Data"), DS, "X509Certificate", _base64(signer.certificate))
    properties = _properties(signature, signer, at)
    _add(info, DS, "CanonicalizationMethod", Algorithm=EXCLUSIVE)
    _add(info, DS, "SignatureMethod", Algorithm=method)
    _reference(info, {"URI": ""}, (ENVELOPED, EXCLUSIVE), digest, whole)
    signed = hashlib.new(digest, canonical_bytes(properties)).digest()
    _reference(info, {"Type": PROPERTIES, "URI": f"#{_PROPERTIES}"}, (EXCLUSIVE,), digest, signed)
    value.text = _base64(_as_xml(signer, signer.sign(canonical_bytes(info))))


def _method(signer: CertifiedKey) -> str:
    key = signer.x509.public_key()
    kind = "rsa" if isinstance(key, rsa.RSAPublicKey) else "ecdsa" if isinstance(key, ec.EllipticCurvePublicKey) else ""
    uri = _METHOD_URIS.get((kind, signer.algorithm.digest))
    if uri is None:
        raise UsageError(
            t("this kind of key cannot sign a list in XML", "この種類の鍵では XML のリストに署名できません"),
            hint=t(
                "take an RSA key or one on P-256, P-384 or P-521", "RSA か P-256、P-384、P-521 の鍵を使ってください"
            ),
        )
    return uri


def _properties(signature: Any, signer: CertifiedKey, at: dt.datetime) -> Any:
    qualifying = _add(_add(signature, DS, "Object"), XADES, "QualifyingProperties", Target=f"#{_SIGNATURE}")
    properties = _add(qualifying, XADES, "SignedProperties", Id=_PROPERTIES)
    told = _add(properties, XADES, "SignedSignatureProperties")
    _add(told, XADES, "SigningTime", at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    digest = _add(_add(_add(told, XADES, "SigningCertificateV2"), XADES, "Cert"), XADES, "CertDigest")
    _add(digest, DS, "DigestMethod", Algorithm=_URIS["sha256"])
    _add(digest, DS, "DigestValue", _base64(hashlib.sha256(signer.certificate).digest()))
    return properties


def _reference(info: Any, about: dict[str, str], transforms: tuple[str, ...], digest: str, value: bytes) -> None:
    reference = _add(info, DS, "Reference", **about)
    listed = _add(reference, DS, "Transforms")
    for transform in transforms:
        _add(listed, DS, "Transform", Algorithm=transform)
    _add(reference, DS, "DigestMethod", Algorithm=_URIS[digest])
    _add(reference, DS, "DigestValue", _base64(value))


def _as_xml(signer: CertifiedKey, signature: bytes) -> bytes:
    """The two numbers of ECDSA one after the other (RFC 4050); RSA as it is."""
    key = signer.x509.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
    size = (key.key_size + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))


def _add(parent: Any, space: str, name: str, text: str | None = None, **attributes: str) -> Any:
    etree = xml_library()
    element = etree.SubElement(parent, f"{{{space}}}{name}", attributes, nsmap=_PREFIXES)
    element.text = text
    return element


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
