"""The names of signatures in JOSE, and the form that they have there (RFC 7518, 8037, 9864, 9964)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.public_key import CURVES, HASHES, VerifyingKey, Way, check, kind_of, own_way


def jose_names(key: VerifyingKey) -> tuple[str, ...]:
    """The `alg` names that a JWS of this key may have, the first the one to write. VerificationError if none exists."""
    names = tuple(_ways(key))
    if not names:
        raise VerificationError(
            t("signatures by this key have no name in JOSE", "この鍵の署名には JOSE での名前がありません"),
            hint=t("sign as CAdES or ASiC-E", "CAdES または ASiC-E で署名してください"),
        )
    return names


def verify_jose(key: VerifyingKey, alg: str, signature: bytes, message: bytes) -> None:
    """Raises VerificationError unless the key can sign as `alg` says and has signed the message."""
    way = _ways(key).get(alg)
    if way is None:
        known = ", ".join(jose_names(key))
        raise VerificationError(
            t("the algorithm is not that of the key", "アルゴリズムが鍵のものではありません"),
            why=t(f"the key signs as {known}", f"この鍵の署名は {known} です"),
        )
    try:
        check(key, way, x509_form(signature, key), message)
    except (InvalidSignature, ValueError):
        raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None


def _ways(key: VerifyingKey) -> dict[str, Way]:
    """How the key signs under each name that it may go by."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = CURVES[key.curve.name].jose
        return {name: own_way(key)} if name else {}
    if isinstance(key, rsa.RSAPublicKey):
        return {f"{kind}{d.digest_size * 8}": _rsa(kind, d) for kind in ("RS", "PS") for d in HASHES.values()}
    names = ("Ed25519", "EdDSA") if isinstance(key, ed25519.Ed25519PublicKey) else (kind_of(key).upper(),)
    return dict.fromkeys(names, Way())


def _rsa(kind: str, digest: hashes.HashAlgorithm) -> Way:
    salt = digest.digest_size  # RFC 7518 section 3.5: as long as the hash
    return Way(padding.PSS(padding.MGF1(digest), salt) if kind == "PS" else padding.PKCS1v15(), digest)


def x509_form(signature: bytes, key: VerifyingKey) -> bytes:
    """ECDSA-Sig-Value of r and s of fixed length, as JWS and XML have them. Raises ValueError for another length."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
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
