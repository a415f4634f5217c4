"""Which public keys signatures are taken from, and whether a signature holds: the key decides, never the message.

The names that algorithms go by elsewhere stand beside this: in CMS (`algorithms`), in JOSE (`jose`), in certificates
and lists of revocation (`pki.signature`). All of them end here.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.keys import PublicKey

VerifyingKey = (
    ed25519.Ed25519PublicKey
    | ec.EllipticCurvePublicKey
    | rsa.RSAPublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)
How = ec.ECDSA | padding.PKCS1v15 | padding.PSS

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""Digests that signatures are made over, under the names that hashlib has for them."""

SHA3: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
"""More of them, where a format has names for signatures over them (CMS: RFC 9688)."""


class Curve(NamedTuple):
    """The digest of as many bits that goes with a curve, and the name of both in JOSE, where there is one."""

    digest: str
    jose: str = ""


CURVES: Final = {
    "secp256r1": Curve("sha256", "ES256"),
    "secp384r1": Curve("sha384", "ES384"),
    "secp521r1": Curve("sha512", "ES512"),
    "brainpoolP256r1": Curve("sha256"),
    "brainpoolP384r1": Curve("sha384"),
    "brainpoolP512r1": Curve("sha512"),
}
OF_MESSAGES: Final[dict[str, Any]] = {
    "1.3.101.112": ed25519.Ed25519PublicKey,
    "1.3.101.113": ed448.Ed448PublicKey,
    "2.16.840.1.101.3.4.3.17": mldsa.MLDSA44PublicKey,
    "2.16.840.1.101.3.4.3.18": mldsa.MLDSA65PublicKey,
    "2.16.840.1.101.3.4.3.19": mldsa.MLDSA87PublicKey,
}
"""Kinds of key with one way of signing, which takes the message as it is, by its identifier (RFC 8410, RFC 9881)."""

_KINDS: Final = {
    "1.3.101.112": "ed25519",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
}
_RSA_BITS: Final = range(2048, 16385)


class WeakError(VerificationError):
    """Something was made with an algorithm that once was good enough (ETSI TS 119 312).

    So it proves nothing, even where it is true: EN 319 102-1 clause 5.2.8 leaves it open.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            t(f"`{name}` is no longer safe", f"`{name}` はもはや安全ではありません"),
            why=t("anybody could have made this", "誰でも作れた可能性があります"),
        )


def acceptable(key: object) -> VerifyingKey:
    """The key, when it is of a kind and size that signatures are taken from. Raises VerificationError."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        PublicKey(key.public_bytes_raw())  # no point of small order
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return key
    if isinstance(key, mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _RSA_BITS.start:
        raise WeakError(f"RSA-{key.key_size}")
    if isinstance(key, dsa.DSAPublicKey):
        raise WeakError(f"DSA-{key.key_size}")
    raise VerificationError(
        t("the public key is not acceptable", "公開鍵が認められません"),
        why=t(
            "accepted are ECDSA on P-256, P-384, P-521 and Brainpool, RSA of 2,048 bits and more, Ed25519 and ML-DSA",
            "認められるのは ECDSA(P-256・P-384・P-521・Brainpool)、2,048 ビット以上の RSA、Ed25519、ML-DSA です",
        ),
    )


class Way(NamedTuple):
    """How a signature is made. Keys that sign the message itself have one way only, and need neither."""

    how: How | None = None
    digest: hashes.HashAlgorithm | None = None  # for ECDSA it is that of `how`


def own_way(key: VerifyingKey) -> Way:
    """The one way in which the private half of this key signs here."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        digest = HASHES[CURVES[key.curve.name].digest]
        return Way(ec.ECDSA(digest), digest)
    return Way(padding.PKCS1v15(), HASHES["sha256"]) if isinstance(key, rsa.RSAPublicKey) else Way()


def check(key: object, way: Way, signature: bytes, message: bytes) -> None:
    """Raises InvalidSignature unless `signature` is one by `key`, made in this way, which must be one of its kind."""
    how, digest = way
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
        key.verify(signature, message, how)
    elif isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and digest is not None:
        key.verify(signature, message, how, digest)
    elif how is None and identifier_of(key):
        key.verify(signature, message)  # type: ignore[attr-defined]
    else:
        raise InvalidSignature


def kind_of(key: VerifyingKey) -> str:
    """Kind and size in one short word: `p256`, `rsa-3072`, `ed25519`, `ml-dsa-65`."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name.replace("secp", "p").replace("r1", "").replace("brainpoolP", "brainpool-")
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    return _KINDS[identifier_of(key)]


def identifier_of(key: object) -> str:
    """Of a key that signs the message itself; empty for others."""
    return next((oid for oid, kind in OF_MESSAGES.items() if isinstance(key, kind)), "")


def load_public(data: bytes) -> VerifyingKey:
    """A SubjectPublicKeyInfo, PEM or DER. Raises VerificationError."""
    load = serialization.load_pem_public_key if data.startswith(b"-----") else serialization.load_der_public_key
    key: object = None
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        key = load(data)
    return acceptable(key)


def public_der(key: VerifyingKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def public_pem(key: VerifyingKey) -> str:
    """SubjectPublicKeyInfo."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
