"""did:key for Ed25519: the identifier is the public key itself (W3C CCG did:key, multicodec 0xed, base58btc)."""

from __future__ import annotations

from typing import Final

from tegata.model.base import t
from tegata.model.errors import VerificationError

_PREFIX: Final = "did:key:z"  # z: multibase base58btc
_ED25519_PUB: Final = b"\xed\x01"  # multicodec ed25519-pub as an unsigned varint
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGIT: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH: Final = len(_PREFIX) + 47  # the multicodec prefix fixes the magnitude: every such did has this length


def encode_did(raw: bytes) -> str:
    """The did:key of an Ed25519 public key of 32 bytes."""
    number, letters = int.from_bytes(_ED25519_PUB + raw, "big"), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return _PREFIX + letters


def decode_did(did: str) -> bytes:
    """The 32 bytes of the Ed25519 public key that a did:key stands for. Raises VerificationError.

    There is one spelling for each key: a did has no leading zero digits, since its length and first bytes are fixed.
    """
    letters, number = did[len(_PREFIX) :], 0
    if len(did) != _LENGTH or not did.startswith(_PREFIX) or not all(letter in _DIGIT for letter in letters):
        raise _not_a_key()
    for letter in letters:
        number = number * len(_ALPHABET) + _DIGIT[letter]
    if number >> 256 != int.from_bytes(_ED25519_PUB, "big"):
        raise _not_a_key()
    return (number & (1 << 256) - 1).to_bytes(32, "big")


def _not_a_key() -> VerificationError:
    return VerificationError(
        t("the identifier is not a did:key of an Ed25519 key", "識別子が Ed25519 鍵の did:key ではありません"),
        hint=t("such an identifier begins with `did:key:z6Mk`", "この識別子は `did:key:z6Mk` で始まります"),
    )
