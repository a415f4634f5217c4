"""Which signatures a key makes and which are accepted from it. The key decides: no message can ask for another.

A message names its algorithm because its format wants that; the name is compared with what the key allows, and with
the digest that stands beside it, before anything is computed (RFC 5652, 5754, 8419, 8702, 9882).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import der

DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}
"""Digests by object identifier, under the names that hashlib has for them."""

_OIDS: Final = {name: oid for oid, name in DIGESTS.items()}
_ECDSA: Final = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
_RSA: Final = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_RSA_ANY: Final = "1.2.840.113549.1.1.1"  # rsaEncryption: the digest is the one that stands beside it
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_OF_MESSAGES: Final[dict[type, str]] = {
    ed25519.Ed25519PublicKey: "1.3.101.112",
    mldsa.MLDSA44PublicKey: "2.16.840.1.101.3.4.3.17",
    mldsa.MLDSA65PublicKey: "2.16.840.1.101.3.4.3.18",
    mldsa.MLDSA87PublicKey: "2.16.840.1.101.3.4.3.19",
}
"""Keys that sign the message itself; the digest beside it is SHA-512 (RFC 8419 section 2.3, RFC 9882 section 3.3)."""
_CURVES: Final = {
    "secp256r1": "sha256",
    "secp384r1": "sha384",
    "secp521r1": "sha512",
    "brainpoolP256r1": "sha256",
    "brainpoolP384r1": "sha384",
    "brainpoolP512r1": "sha512",
}
_RSA_BITS: Final = range(2048, 16385)
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class Algorithm(NamedTuple):
    """What a key signs with: the digest that goes with it, and the AlgorithmIdentifier (DER) of its signatures."""

    digest: str
    identifier: bytes


def algorithm_of(key: Any) -> Algorithm:
    """The one algorithm with which this public key's private half signs here. Raises VerificationError."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        digest = _CURVES[key.curve.name]
        return Algorithm(digest, der.sequence(der.oid(_ECDSA[digest])))
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return Algorithm("sha256", der.sequence(der.oid(_RSA["sha256"]), der.NULL))
    if oid := _message_algorithm(key):
        return Algorithm("sha512", der.sequence(der.oid(oid)))
    raise _unknown_key()


def signing(private: Any) -> Callable[[bytes], bytes]:
    """How a private key of `cryptography` signs a message: with the algorithm of its public half, settled once."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        ecdsa = _ecdsa(algorithm_of(private.public_key()).digest)
        return lambda message: private.sign(message, ecdsa)
    if isinstance(private, rsa.RSAPrivateKey):
        return lambda message: private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    signs: Callable[[bytes], bytes] = private.sign
    return signs


def verify_signature(key: Any, stated: der.Element, digest: str, signature: bytes, message: bytes) -> None:
    """Whether `signature` over `message` is one by `key`. Raises VerificationError.

    Args:
        key: a public key of `cryptography`.
        stated: the AlgorithmIdentifier that stands with the signature; it must be one that the key allows.
        digest: name of the digest that stands beside it (`digestAlgorithm` of CMS); both must speak of the same.
    """
    name, parameters = _identifier(stated)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES and name == _ECDSA.get(digest):
            _nothing(parameters)
            key.verify(signature, message, _ecdsa(digest))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS and digest in _HASHES:
            key.verify(signature, message, _padding(name, parameters, digest), _HASHES[digest])
        elif digest == "sha512" and name == _message_algorithm(key):
            _nothing(parameters)
            key.verify(signature, message)
        else:
            raise _not_of_the_key()
    except InvalidSignature:
        raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None


@lru_cache(maxsize=64)
def digest_name(identifier: der.Element) -> str:
    """The digest of an AlgorithmIdentifier, under its name in hashlib. Raises VerificationError for weak or unknown."""
    name, parameters = _identifier(identifier)
    if name not in DIGESTS or (parameters is not None and parameters.raw != der.NULL):
        raise VerificationError(
            t("the digest is not acceptable", "ダイジェストのアルゴリズムが認められません"),
            why=t(f"`{name}` is unknown or no longer safe", f"`{name}` は未知のものか、もはや安全ではありません"),
        )
    return DIGESTS[name]


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


def _padding(name: str, parameters: der.Element | None, digest: str) -> padding.AsymmetricPadding:
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


def _message_algorithm(key: object) -> str | None:
    return next((oid for kind, oid in _OF_MESSAGES.items() if isinstance(key, kind)), None)


def _nothing(parameters: der.Element | None) -> None:
    if parameters is not None:
        raise _not_of_the_key()


@cache
def _ecdsa(digest: str) -> ec.ECDSA:
    return ec.ECDSA(_HASHES[digest])


def _unknown_key() -> VerificationError:
    return VerificationError(
        t("the key is not acceptable", "鍵が認められません"),
        why=t(
            "accepted are ECDSA on P-256, P-384, P-521 and Brainpool, RSA of 2,048 bits and more, Ed25519 and ML-DSA",
            "認められるのは ECDSA(P-256・P-384・P-521・Brainpool)、2,048 ビット以上の RSA、Ed25519、ML-DSA です",
        ),
    )


def _not_of_the_key() -> VerificationError:
    return VerificationError(
        t("the signature does not hold", "署名が成り立ちません"),
        why=t("its algorithm is not one that the key allows", "鍵で認められるアルゴリズムではありません"),
    )
