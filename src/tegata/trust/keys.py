"""Ed25519 public keys (RFC 8032), known by a did."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.did import decode_did, encode_did

_PRIME: Final = 2**255 - 19
_ORDER_8_Y: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _PRIME - 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})


@dataclass(frozen=True, repr=False)
class PublicKey:
    """An Ed25519 public key. The algorithm belongs to the key; no message can ask for another.

    `name` is the did under which signatures by it are known, where an earlier key has handed one on to it.

    Raises VerificationError for bytes that are not 32, not the one form of a point (RFC 8032 section 5.1.3), or a
    point of small order, under which one signature holds for many messages.
    """

    raw: bytes
    name: str = ""

    def __post_init__(self) -> None:
        y = int.from_bytes(self.raw, "little") & (1 << 255) - 1
        if len(self.raw) != 32 or y >= _PRIME or y in _SMALL_ORDER_Y:
            raise VerificationError(
                t("the public key is not an acceptable Ed25519 key", "公開鍵が Ed25519 の鍵として認められません")
            )

    @cached_property
    def did(self) -> str:
        return self.name or encode_did(self.raw)

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises VerificationError unless `signature` (64 bytes) by this key over `message` holds."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise VerificationError(t("the signature does not hold", "署名が成り立ちません")) from None

    def __repr__(self) -> str:
        return f"PublicKey({self.did})"


def public_key_of(did: str) -> PublicKey:
    """The key that a did:key stands for. Raises VerificationError."""
    return PublicKey(decode_did(did))
