"""A list in JSON, signed: compact JAdES, level B-B (TS 119 182-1). The signer is known by its bytes."""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Collection
from typing import Any, Final, NoReturn

from cryptography import x509

from tegata.model.base import encode, t
from tegata.model.errors import VerificationError
from tegata.model.trusted_list import TrustedList
from tegata.trust.certified import CertifiedKey
from tegata.trust.lists.json_list import MAX_JSON, read_json_list
from tegata.trust.lists.json_write import write_json_list
from tegata.trust.seal_key import sign_jose
from tegata.trust.suite import acceptable, verify_jose

_HEADER: Final = frozenset({"alg", "iat", "typ", "x5c", "x5t#S256"})
_TYP: Final = "JOSE"


def write_sealed_list(trusted_list: TrustedList, signer: CertifiedKey, at: dt.datetime) -> bytes:
    """The list in JSON as a compact JWS, signed at a time."""
    payload, key = write_json_list(trusted_list), _Certified(signer)
    header = {
        "alg": sign_jose(b"", key)[0],
        "iat": int(at.timestamp()),
        "typ": _TYP,
        "x5c": [base64.b64encode(signer.certificate).decode()],
        "x5t#S256": _base64url(hashlib.sha256(signer.certificate).digest()),
    }
    signed = f"{_base64url(encode(header))}.{_base64url(payload)}"
    return f"{signed}.{_base64url(sign_jose(signed.encode(), key)[1])}".encode()


class _Certified:
    """A certified key as what signs a JWS."""

    def __init__(self, signer: CertifiedKey) -> None:
        self.public, self.sign = acceptable(signer.x509.public_key()), signer.sign


def open_sealed_list(data: bytes, signers: Collection[bytes]) -> TrustedList:
    """A list that one of the signers (certificates, DER) signed. Raises InputError, VerificationError."""
    parts = data.strip().split(b".")
    if len(data) > 2 * MAX_JSON or len(parts) != 3:
        _refuse("it is no compact JWS", "コンパクト形式の JWS ではありません")
    header, payload, signature = (_unbase64url(part) for part in parts)
    told = _header(header)
    certificate = _certificate(told)
    if certificate not in signers:
        _refuse("it is signed by somebody who may not sign it", "署名の権限がない者によって署名されています")
    key = acceptable(x509.load_der_x509_certificate(certificate).public_key())
    verify_jose(key, told["alg"], signature, b".".join(parts[:2]))
    return read_json_list(payload)


def sealed_payload(data: bytes) -> bytes:
    """What is inside, whoever signed it. Raises VerificationError."""
    parts = data.strip().split(b".")
    if len(parts) != 3:
        _refuse("it is no compact JWS", "コンパクト形式の JWS ではありません")
    return _unbase64url(parts[1])


def _header(data: bytes) -> dict[str, Any]:
    """Every parameter is known: none may bring a key or an extension (RFC 7515 section 4.1)."""
    told: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(data)
    known = isinstance(told, dict) and set(told) == _HEADER and isinstance(told["alg"], str)
    if not known or encode(told) != data:
        _refuse("its header is not the one that belongs here", "ヘッダーが定められた形ではありません")
    return dict(told)


def _certificate(told: dict[str, Any]) -> bytes:
    try:
        certificate = base64.b64decode(told["x5c"][0], validate=True)
    except (binascii.Error, ValueError, TypeError, LookupError):
        certificate = b""
    if not certificate or told["x5t#S256"] != _base64url(hashlib.sha256(certificate).digest()):
        _refuse("it names another certificate than it brings", "示す証明書と含まれる証明書が異なります")
    return certificate


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unbase64url(part: bytes) -> bytes:
    """One spelling only: without padding, and such that it is written again as it was."""
    try:
        data = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        data = b""
    if not data or _base64url(data).encode() != part:
        _refuse("a part of it is not base64url", "base64url でない部分があります")
    return data


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the signature of the list does not hold", "リストの署名が成り立ちません"), why=t(en, ja))
