"""What signatures in XML have in common (W3C XML-Signature, RFC 6931): names of algorithms, canonical bytes, values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.jose import x509_form
from tegata.trust.public_key import HASHES, How, VerifyingKey, Way, WeakError, check
from tegata.trust.xml import parse, xml_library

T = TypeVar("T")

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
ENVELOPED: Final = DS + "enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_WAYS: Final = {INCLUSIVE: False, "http://www.w3.org/2006/12/xml-c14n11": False, EXCLUSIVE: True}
CANONICAL: Final = {
    **_WAYS,
    **{f"{uri}{'#' * ('#' not in uri)}WithComments": exclusive for uri, exclusive in _WAYS.items()},
}
"""Ways of canonicalisation, and whether they are exclusive. With inherited `xml:` attributes no signature holds.

No comment is ever read (`tegata.trust.xml`), so what was signed with comments in it does not hold either.
"""

DIGESTS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MGF: Final = "http://www.w3.org/2007/05/xmldsig-more#"
METHODS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    **{f"{_MORE}rsa-{name}": ("rsa", algorithm) for name, algorithm in HASHES.items()},
    **{f"{_MGF}{name}-rsa-MGF1": ("pss", algorithm) for name, algorithm in HASHES.items()},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa", algorithm) for name, algorithm in HASHES.items()},
}
_WEAK_DIGESTS: Final = {DS + "sha1": "sha1", _MORE + "sha224": "sha224", _MORE + "md5": "md5"}
_WEAK_METHODS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    DS + "rsa-sha1": ("rsa", hashes.SHA1()),  # noqa: S303 - to tell what is false from what is open
    _MORE + "ecdsa-sha1": ("ecdsa", hashes.SHA1()),  # noqa: S303
    _MORE + "rsa-md5": ("rsa", hashes.MD5()),  # noqa: S303
}
_WEAK: Final = {
    DS + "sha1": "SHA-1",
    _MORE + "sha224": "SHA-224",
    _MORE + "md5": "MD5",
    "http://www.w3.org/2001/04/xmlenc#ripemd160": "RIPEMD-160",
    DS + "rsa-sha1": "RSA with SHA-1",
    DS + "dsa-sha1": "DSA with SHA-1",
    _MORE + "ecdsa-sha1": "ECDSA with SHA-1",
    _MORE + "rsa-md5": "RSA with MD5",
}
"""What once was good enough. Most of it is computed still, as what does not even hold has failed (EN 319 102-1
clause 5.2.7) and only what holds is left open (clause 5.2.8)."""


def canonical_bytes(element: Any, method: str = EXCLUSIVE, prefixes: tuple[str, ...] = ()) -> bytes:
    """The element, or the tree, as it is digested and signed. Comments are none of it.

    Args:
        prefixes: those that an exclusive canonicalisation treats inclusively.

    Raises VerificationError for what has no canonical form: a name space that is a relative URI (Canonical XML 1.0
    section 1.3).
    """
    exclusive = CANONICAL[method]
    named = [None if one == "#default" else one for one in prefixes] if exclusive and prefixes else None
    etree = xml_library()
    tostring = etree.tostring
    if not exclusive and hasattr(element, "getparent") and element.getparent() is not None:
        # In place libxml2 loses sight of a default name space that is declared above, and writes `xmlns=""` below.
        element = parse(tostring(element, encoding="UTF-8", with_tail=False))
    try:
        return bytes(
            tostring(element, method="c14n", exclusive=exclusive, with_comments=False, inclusive_ns_prefixes=named)
        )
    except etree.C14NError:
        raise VerificationError(
            t("the XML has no canonical form", "XML に正規形がありません"),
            why=t("a name space in it is a relative URI", "名前空間に相対 URI があります"),
        ) from None


def value_holds(key: VerifyingKey, method: str, value: bytes, message: bytes) -> bool:
    """Whether the value is a signature by the key, made as a method says that is known."""
    kind, digest = METHODS.get(method) or _WEAK_METHODS[method]
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
    ways: dict[str, How] = {"rsa": padding.PKCS1v15(), "pss": pss, "ecdsa": ec.ECDSA(digest)}
    try:  # ECDSA: the two numbers one after the other, each as long as the curve (RFC 4050)
        check(key, Way(ways[kind], digest), x509_form(value, key), message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def algorithm_of(element: Any, name: str) -> str:
    """The algorithm that a child of this name states; empty when there is none."""
    child = element.find(f"{{{DS}}}{name}")
    return str(child.get("Algorithm", "")) if child is not None else ""


def base64_of(element: Any) -> bytes | None:
    """The bytes that an element holds in base64; None when it is not there or holds anything else."""
    if element is None or len(element):
        return None
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def digest_named(uri: str) -> str | None:
    """The hash of a digest method; None for an unknown one. WeakError for a weak one that is not computed.

    What was compared by it counts only when `check_strong` passes.
    """
    return _known(uri, DIGESTS | _WEAK_DIGESTS)


def method_known(uri: str) -> bool:
    """Whether signatures of this method are computed. WeakError for a weak one that is not; see `check_strong` too."""
    return _known(uri, METHODS | _WEAK_METHODS) is not None


def check_strong(uri: str) -> None:
    """Raises WeakError for an algorithm that once was good enough."""
    if uri in _WEAK:
        raise WeakError(_WEAK[uri])


def _known(uri: str, names: Mapping[str, T]) -> T | None:
    if uri not in names:
        check_strong(uri)
    return names.get(uri)
