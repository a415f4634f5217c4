"""Compact JWS over fixed bytes (RFC 7515) with Ed25519 (RFC 9864, RFC 8037). The key decides, never the header."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.keys import PublicKey

if TYPE_CHECKING:
    from tegata.trust.signing_key import SigningKey

MAX_JWS: Final = 4 * 1024 * 1024  # characters
_MAX_HEADER: Final = 1024
_ALGORITHMS: Final = ("Ed25519", "EdDSA")  # EdDSA is the older name of the same algorithm for such keys (RFC 9864)
_REFUSED: Final = frozenset({"crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"})
"""Header parameters that would bring a key, change what is signed or demand an extension (RFC 7515 section 4.1)."""


class UnverifiedJws(NamedTuple):
    """A JWS whose form is right. `payload` is what somebody wrote, until `verify` tells who."""

    payload: bytes
    signature: bytes
    signed: bytes  # the JWS signing input

    def verify(self, key: PublicKey) -> bytes:
        """The payload, now known to be signed by `key`. Raises VerificationError."""
        key.verify(self.signature, self.signed)
        return self.payload


def sign_jws(payload: bytes, key: SigningKey, *, typ: str, kid: str = "") -> str:
    """Seals bytes as a compact JWS whose `typ` says what they are for; `kid` helps readers that look keys up."""
    stated = {"alg": "Ed25519", "typ": typ} | ({"kid": kid} if kid else {})
    header = json.dumps(stated, separators=(",", ":")).encode()
    signed = f"{base64url(header)}.{base64url(payload)}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def verify_jws(compact: str, key: PublicKey, *, typ: str | None) -> bytes:
    """The payload of a compact JWS of this `typ` signed by `key` (`typ` None: a JWS without one).

    Raises VerificationError for any other form, type, algorithm or key.
    """
    return parse_jws(compact, typ=typ).verify(key)


def parse_jws(compact: str, *, typ: str | None) -> UnverifiedJws:
    """Checks the form only: for a reader who must look inside to learn whose signature to expect.

    Raises VerificationError.
    """
    if len(compact) > MAX_JWS:
        _refuse("it is too long", "長すぎます")
    parts = compact.split(".")
    if len(parts) != 3:
        _refuse("it does not have three parts", "三つの部分から成っていません")
    header, payload, signature = (unbase64url(part) for part in parts)
    _check_header(header, typ)
    return UnverifiedJws(payload, signature, f"{parts[0]}.{parts[1]}".encode())


def read_header(raw: bytes, most: int = _MAX_HEADER) -> dict[str, Any]:
    """The names and values of a header of at most `most` bytes. Raises VerificationError."""
    if len(raw) > most:
        _refuse("its header is too long", "ヘッダーが長すぎます")
    try:
        header = json.loads(raw.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        _refuse("its header is not JSON with unique names", "ヘッダーが名前の重複のない JSON ではありません")
    if not isinstance(header, dict):
        _refuse("its header is not an object", "ヘッダーがオブジェクトではありません")
    return header


def _check_header(raw: bytes, typ: str | None) -> None:
    header = read_header(raw)
    if header.get("alg") not in _ALGORITHMS:
        _refuse("its algorithm is not that of the key", "アルゴリズムが鍵のものではありません")
    if not _REFUSED.isdisjoint(header):
        _refuse("its header carries what is not accepted", "認められない項目がヘッダーにあります")
    if header.get("typ") != typ:
        _refuse("it was made for another use", "別の用途のために作られたものです")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7515 section 4: a repeated name must be refused, lest two readers see two headers."""
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name is repeated")
    return names


def base64url(data: bytes) -> str:
    """Without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Bytes of base64url without padding, in its one canonical form (RFC 7515 section 2, RFC 4648 section 3.5)."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if base64url(data) != text:  # Python skips foreign characters and stray trailing bits
        _refuse("a part is not base64url", "base64url でない部分があります")
    return data


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the JWS is not acceptable", "JWS が認められません"), why=t(en, ja))
