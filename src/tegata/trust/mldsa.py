"""ML-DSA-44 public keys (FIPS 204): signatures that a quantum computer does not forge, beside those of Ed25519."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from tegata.model.base import t
from tegata.model.errors import VerificationError

_SIZE: Final = 1312


@dataclass(frozen=True, repr=False)
class MlDsaPublicKey:
    """An ML-DSA-44 public key. Raises VerificationError for bytes that are not 1312."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != _SIZE:
            raise VerificationError(
                t("the public key is not one of ML-DSA-44", "公開鍵が ML-DSA-44 の鍵ではありません")
            )

    @cached_property
    def _key(self) -> MLDSA44PublicKey:
        return MLDSA44PublicKey.from_public_bytes(self.raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises VerificationError unless `signature` (2420 bytes, empty context) over `message` holds."""
        try:
            self._key.verify(signature, message)
        except (InvalidSignature, ValueError):  # the second: not of that length
            raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None

    def __repr__(self) -> str:
        return f"MlDsaPublicKey({self.raw[:8].hex()}...)"
