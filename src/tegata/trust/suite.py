"""Which signatures a public key can make: the key decides, never the message that is to be checked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.keys import PublicKey

VerifyingKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_Check = Callable[[bytes, bytes], None]

_CURVES: Final[Mapping[str, tuple[str, hashes.HashAlgorithm]]] = {
    "secp256r1": ("ES256", hashes.SHA256()),
    "secp384r1": ("ES384", hashes.SHA384()),
    "secp521r1": ("ES512", hashes.SHA512()),
}
_RSA_BITS: Final = range(2048, 8193)
_RSA_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def acceptable(key: object) -> VerifyingKey:
    """The key, when it is of a kind and size that signatures are taken from. Raises VerificationError."""
    if isinstance(key, Ed25519PublicKey):
        PublicKey(key.public_bytes_raw())
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS and key.public_numbers().e >= 65537:
        return key
    raise VerificationError(
        t("the public key is not acceptable", "公開鍵が認められません"),
        why=t(
            "accepted are Ed25519, P-256, P-384, P-521, and RSA from 2048 to 8192 bits",
            "認められるのは Ed25519、P-256、P-384、P-521、2048 から 8192 ビットの RSA です",
        ),
    )


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


def jose_names(key: VerifyingKey) -> tuple[str, ...]:
    """The `alg` names that a JWS of this key may have (RFC 7518 section 3.1, RFC 9864), first that of `Algorithm`."""
    return tuple(_checks(key))


def verify_jose(key: VerifyingKey, alg: str, signature: bytes, message: bytes) -> None:
    """Raises VerificationError unless the key can sign as `alg` says and has signed the message (RFC 7518)."""
    check = _checks(key).get(alg)
    if check is None:
        known = ", ".join(jose_names(key))
        raise VerificationError(
            t("the algorithm is not that of the key", "アルゴリズムが鍵のものではありません"),
            why=t(f"the key signs as {known}", f"この鍵の署名は {known} です"),
        )
    try:
        check(signature, message)
    except (InvalidSignature, ValueError):
        raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None


def _checks(key: VerifyingKey) -> dict[str, _Check]:
    """How the key verifies under each name that it may go by."""
    if isinstance(key, Ed25519PublicKey):
        return dict.fromkeys(("Ed25519", "EdDSA"), key.verify)
    if isinstance(key, ec.EllipticCurvePublicKey):
        name, digest = _CURVES[key.curve.name]

        def check(signature: bytes, message: bytes) -> None:
            key.verify(der_of_raw(signature, key), message, ec.ECDSA(digest))

        return {name: check}
    return {f"{kind}{bits}": _rsa_check(key, kind, bits) for kind in ("RS", "PS") for bits in _RSA_HASHES}


def _rsa_check(key: rsa.RSAPublicKey, kind: str, bits: str) -> _Check:
    digest = _RSA_HASHES[bits]
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)  # RFC 7518 section 3.5: salt as long as the hash
    return lambda signature, message: key.verify(
        signature, message, pss if kind == "PS" else padding.PKCS1v15(), digest
    )


def der_of_raw(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """ECDSA-Sig-Value of r and s of fixed length, as JWS has them. Raises ValueError for another length."""
    size = (key.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("length of an ECDSA signature")
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return utils.encode_dss_signature(r, s)


def jose_form(signature: bytes, key: object) -> bytes:
    """A signature as X.509 has it in the form of JWS: ECDSA as r and s of fixed length (RFC 7518 section 3.4)."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
    size = (key.key_size + 7) // 8
    r, s = utils.decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
