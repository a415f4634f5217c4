"""The keys of a vault: where a value lies, and what hides it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from tegata.model.base import t
from tegata.model.errors import VerificationError

if TYPE_CHECKING:
    import polars as pl

KEY_BYTES: Final = 32
PREFIX: Final = "t-"
_DIGITS: Final = re.compile("t-[0-9a-f]{32}")
_NUMBER: Final = 16  # bytes: one block
_PLACE: Final = b"tegata-vault-place/1\0"
_TOKEN: Final = b"tegata-vault-token/1\0"
_SEAL: Final = (b"tegata-vault-seal/1\0a", b"tegata-vault-seal/1\0b")  # AES-256-SIV takes two keys
_KNOWN: Final = b"tegata vault"


class Sealing:
    """Values are sealed with AES-SIV (RFC 5297), each once and bound to its place and number: no nonce can repeat. A
    token is the number of an entry as one block of AES-256: without the key like a random number, and never the same
    for two entries."""

    def __init__(self, key: bytes) -> None:
        self._places = hmac.digest(key, _PLACE, "sha256")
        self._siv = AESSIV(b"".join(hmac.digest(key, label, "sha256") for label in _SEAL))
        # one block under one key is the bare permutation; a number stands in it once
        self._numbers = Cipher(algorithms.AES(hmac.digest(key, _TOKEN, "sha256")), modes.ECB())  # noqa: S305

    def places(self, domain: str, values: pl.Series) -> list[str]:
        """In hexadecimal digits: the CMAC of each value under a key of its domain."""
        from tegata.protect.pseudonym import PREFIX as OF_PSEUDONYMS
        from tegata.protect.pseudonym import Pseudonyms

        made: list[str] = Pseudonyms(self._places, domain).column(values).str.slice(len(OF_PSEUDONYMS)).to_list()
        return made

    def tokens(self, numbers: Sequence[int]) -> list[str]:
        """`t-` and 32 hexadecimal digits for each entry."""
        blocks = b"".join(number.to_bytes(_NUMBER) for number in numbers)
        digits = self._numbers.encryptor().update(blocks).hex("\n", _NUMBER)
        return [PREFIX + token for token in digits.split("\n")] if digits else []

    def number(self, token: str) -> int | None:
        """Of the entry whose token this would be; None: it is no token."""
        if not _DIGITS.fullmatch(token):
            return None
        number = int.from_bytes(self._numbers.decryptor().update(bytes.fromhex(token.removeprefix(PREFIX))))
        return number if number < 1 << 63 else None

    def seal(self, value: str, place: bytes, number: int) -> bytes:
        return self._siv.encrypt(value.encode(), [place, number.to_bytes(_NUMBER)])

    def open(self, sealed: bytes, place: bytes, number: int) -> str:
        """Raises VerificationError: the entry was changed."""
        try:
            return self._siv.decrypt(sealed, [place, number.to_bytes(_NUMBER)]).decode()
        except InvalidTag:
            raise changed() from None

    def proof(self) -> bytes:
        return self._siv.encrypt(_KNOWN, None)

    def fits(self, proof: bytes) -> bool:
        return hmac.compare_digest(proof, self.proof())


def changed() -> VerificationError:
    return VerificationError(
        t("the vault is not as it was written", "保管庫が書き込み時と異なります"),
        hint=t("restore it from a backup", "バックアップから復元してください"),
    )
