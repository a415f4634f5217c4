"""Ed25519 keys (RFC 8032). Nothing else in this program holds a private key, and no way of printing one shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust.did import decode_did, encode_did
from tegata.trust.keyfile import load_private, open_secret, read_secret, write_secret

_PRIME: Final = 2**255 - 19
_ORDER_8_Y: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _PRIME - 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})


@dataclass(frozen=True, repr=False)
class PublicKey:
    """An Ed25519 public key. The algorithm belongs to the key; no message can ask for another.

    Raises VerificationError for bytes that are not 32, not the one form of a point (RFC 8032 section 5.1.3), or a
    point of small order, under which one signature holds for many messages.
    """

    raw: bytes

    def __post_init__(self) -> None:
        y = int.from_bytes(self.raw, "little") & (1 << 255) - 1
        if len(self.raw) != 32 or y >= _PRIME or y in _SMALL_ORDER_Y:
            raise VerificationError(
                t("the public key is not an acceptable Ed25519 key", "公開鍵が Ed25519 の鍵として認められません")
            )

    @cached_property
    def did(self) -> str:
        return encode_did(self.raw)

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


class SigningKey:
    """An Ed25519 private key that can only sign. It cannot be printed, copied, pickled or serialised."""

    __slots__ = ("__private", "public")

    public: PublicKey

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.__private = private
        self.public = PublicKey(private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, seed: bytes) -> SigningKey:
        """The key of `seed`: 32 bytes from the caller's source of randomness (RFC 8032 section 5.1.5)."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path, passphrase: Callable[[], str] | None = None) -> SigningKey:
        """Reads a PEM file (PKCS #8), or an age file of one when `passphrase` can be asked for what opens it.

        A file may also name a key in a token (`pkcs11:...`).

        Raises InputError when it is not one or when others may read the file.
        """
        secret = open_secret(path, passphrase) if passphrase else read_secret(path)
        private = load_private(secret, passphrase)
        if not isinstance(private, Ed25519PrivateKey):
            raise InputError(
                t(f"no signing key in `{path}`", f"`{path}` に署名鍵がありません"),
                why=t(
                    "it is not an unencrypted Ed25519 key in PEM",
                    "暗号化されていない PEM 形式の Ed25519 鍵ではありません",
                ),
            )
        return cls(private)

    def save(self, path: Path) -> None:
        """Writes a PEM file (PKCS #8) with mode 0600. Raises StoreError; never replaces a file."""
        pem = self.__private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(path, pem)

    @property
    def did(self) -> str:
        """The did:key under which signatures by this key are known."""
        return self.public.did

    @property
    def raw(self) -> bytes:
        """The public key, 32 bytes."""
        return self.public.raw

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self.__private.sign(message)

    def complete(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """The certificate that waits for its signature."""
        return builder.sign(self.__private, None)

    def __repr__(self) -> str:
        return f"SigningKey({self.did})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key cannot be copied or pickled")
