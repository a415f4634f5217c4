"""The names of digests and signatures in CMS. The key decides (`public_key`): no message can ask for another.

A message names its algorithm because its format wants that; the name is compared with what the key allows, and with
the digest that stands beside it, before anything is computed (RFC 5652, 5754, 8419, 9688, 9882).
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.public_key import (
    CURVES,
    HASHES,
    SHA3,
    How,
    VerifyingKey,
    Way,
    WeakError,
    acceptable,
    check,
    identifier_of,
)

DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}
"""Digests by object identifier, under the names that hashlib has for them."""

_WEAK: Final = {
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "1.3.36.3.2.1": "ripemd160",
}
_SHOWN: Final = {"sha1": "SHA-1", "md5": "MD5", "sha224": "SHA-224", "sha3_224": "SHA3-224", "ripemd160": "RIPEMD-160"}
_WEAK_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - nothing is believed by it
    "md5": hashes.MD5(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha3_224": hashes.SHA3_224(),
}
_OIDS: Final = {name: oid for oid, name in DIGESTS.items()}
_HASHES: Final = HASHES | SHA3 | _WEAK_HASHES
_ECDSA: Final = {
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
    "sha3_256": "2.16.840.1.101.3.4.3.10",
    "sha3_384": "2.16.840.1.101.3.4.3.11",
    "sha3_512": "2.16.840.1.101.3.4.3.12",
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha3_224": "2.16.840.1.101.3.4.3.9",
}
_RSA: Final = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
    "sha3_256": "2.16.840.1.101.3.4.3.14",
    "sha3_384": "2.16.840.1.101.3.4.3.15",
    "sha3_512": "2.16.840.1.101.3.4.3.16",
    "sha1": "1.2.840.113549.1.1.5",
    "md5": "1.2.840.113549.1.1.4",
    "sha224": "1.2.840.113549.1.1.14",
    "sha3_224": "2.16.840.1.101.3.4.3.13",
}
_RSA_ANY: Final = "1.2.840.113549.1.1.1"  # rsaEncryption: the digest is the one that stands beside it
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"


class Algorithm(NamedTuple):
    """What a key signs with: the digest that goes with it, and the AlgorithmIdentifier (DER) of its signatures."""

    digest: str
    identifier: bytes


def algorithm_of(key: object) -> Algorithm:
    """The one algorithm with which this public key's private half signs here. Raises VerificationError."""
    public = acceptable(key)
    if isinstance(public, ec.EllipticCurvePublicKey):
        digest = CURVES[public.curve.name].digest
        return Algorithm(digest, der.sequence(der.oid(_ECDSA[digest])))
    if isinstance(public, rsa.RSAPublicKey):
        return Algorithm("sha256", der.sequence(der.oid(_RSA["sha256"]), der.NULL))
    return Algorithm("sha512", der.sequence(der.oid(identifier_of(public))))


def verify_signature(key: object, stated: der.Element, digest: str, signature: bytes, message: bytes) -> None:
    """Whether `signature` over `message` is one by `key`. Raises VerificationError.

    WeakError when it is one, with a key or a digest that once was good enough: true, and still nothing to build on
    (EN 319 102-1 clause 5.2.7 computes before clause 5.2.8 asks for strength).

    Args:
        key: a public key of `cryptography`.
        stated: the AlgorithmIdentifier that stands with the signature; it must be one that the key allows.
        digest: name of the digest that stands beside it (`digestAlgorithm` of CMS); both must speak of the same.
    """
    public, weak = _with_strength(key)
    how = _how(public, *_identifier(stated), digest)
    try:
        check(public, Way(how, _HASHES.get(digest)), signature, message)
    except (InvalidSignature, UnsupportedAlgorithm):
        raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None
    if weak:
        raise weak
    check_strong(digest)


def _with_strength(key: object) -> tuple[VerifyingKey, WeakError | None]:
    """The key, and why it is too weak to be believed. Raises VerificationError for a kind that is not computed."""
    try:
        return acceptable(key), None
    except WeakError as error:
        if isinstance(key, rsa.RSAPublicKey):
            return key, error
        raise


def _how(key: VerifyingKey, name: str, parameters: der.Element | None, digest: str) -> How | None:
    """How the key signed, by the name that its format has for that. VerificationError: this key does not sign so."""
    if isinstance(key, rsa.RSAPublicKey) and digest in _HASHES:
        return _padding(name, parameters, digest)
    if parameters is not None:
        raise _not_of_the_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and name == _ECDSA.get(digest):
        return _ecdsa(digest)
    if digest != "sha512" or name != identifier_of(key):  # RFC 8419 section 2.3, RFC 9882 section 3.3
        raise _not_of_the_key()
    return None


def digest_name(identifier: der.Element) -> str:
    """The digest of an AlgorithmIdentifier, under its name in hashlib. Raises VerificationError for weak or unknown."""
    name = any_digest_name(identifier)
    check_strong(name)
    return name


@lru_cache(maxsize=64)
def any_digest_name(identifier: der.Element) -> str:
    """The same, for weak ones too: to find out whether what rests on them is at least true. VerificationError."""
    name, parameters = _identifier(identifier)
    found = DIGESTS.get(name) or _WEAK.get(name)
    if found is None or (parameters is not None and parameters.raw != der.NULL):
        raise VerificationError(
            t("the digest is not acceptable", "ダイジェストのアルゴリズムが認められません"),
            why=t(f"`{name}` is unknown", f"`{name}` は未知のものです"),
        )
    return found


def check_strong(digest: str) -> None:
    """WeakError for a digest that once was good enough."""
    if digest in _SHOWN:
        raise WeakError(_SHOWN[digest])


@cache
def digest_identifier(name: str) -> bytes:
    """The AlgorithmIdentifier (DER) of a digest, without parameters (RFC 5754 section 2)."""
    return der.sequence(der.oid(_OIDS[name]))


@cache
def digest_size(name: str) -> int:
    """Bytes of a digest."""
    return hashlib.new(name).digest_size


def hashed(name: str, data: bytes) -> bytes:
    """The digest of `data`."""
    return hashlib.new(name, data).digest()


def _identifier(element: der.Element) -> tuple[str, der.Element | None]:
    fields = der.Fields(element)
    name, parameters = der.oid_of(fields.take()), fields.rest()
    if len(parameters) > 1:
        raise _not_of_the_key()
    return name, parameters[0] if parameters else None


def _padding(name: str, parameters: der.Element | None, digest: str) -> padding.PKCS1v15 | padding.PSS:
    """PKCS #1 v1.5, or PSS with the digest that stands beside it and a salt of its length (RFC 4055, RFC 8017)."""
    if name in (_RSA_ANY, _RSA[digest]):
        if parameters is not None and parameters.raw != der.NULL:
            raise _not_of_the_key()
        return padding.PKCS1v15()
    if name != _RSA_PSS or parameters is None:
        raise _not_of_the_key()
    fields = der.Fields(parameters)
    own = digest_name(der.inside(fields.optional(0xA0)))
    mask, inner = _identifier(der.inside(fields.optional(0xA1)))
    salt = der.integer_of(der.inside(fields.optional(0xA2)))
    fields.optional(0xA3)
    fields.end()
    size = digest_size(digest)
    if (own, mask, salt) != (digest, _MGF1, size) or inner is None or digest_name(inner) != digest:
        raise _not_of_the_key()
    return padding.PSS(padding.MGF1(_HASHES[digest]), size)


@cache
def _ecdsa(digest: str) -> ec.ECDSA:
    return ec.ECDSA(_HASHES[digest])


def _not_of_the_key() -> VerificationError:
    return VerificationError(
        t("the signature does not hold", "署名が成り立ちません"),
        why=t("its algorithm is not one that the key allows", "鍵で認められるアルゴリズムではありません"),
    )
