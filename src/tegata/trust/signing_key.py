"""Ed25519 private keys (RFC 8032): the identity of a node. No way of printing one shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.did import encode_did
from tegata.trust.key_history import KeyHistory, follow
from tegata.trust.keyfile import load_private, open_secret, read_secret, write_secret
from tegata.trust.keys import PublicKey


class SigningKey:
    """An Ed25519 private key that can only sign. It cannot be printed, copied, pickled or serialised."""

    __slots__ = ("__private", "history")

    history: KeyHistory
    """Of the name for which this key speaks now: its own did, or one that was handed on to it."""

    def __init__(self, private: Ed25519PrivateKey, history: KeyHistory | None = None) -> None:
        self.__private = private
        self.history = history or follow(encode_did(private.public_key().public_bytes_raw()))

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

    def known_as(self, history: KeyHistory) -> SigningKey:
        """The same key, which speaks for a name. Raises InputError where the name was not handed on to it."""
        if history.current.raw != self.raw:
            raise InputError(
                t("the key is not the one to which its name was handed on", "鍵が、名前を引き継いだ鍵ではありません"),
                hint=t("see `tegata node key show`", "`tegata node key show` で確かめてください"),
            )
        return SigningKey(self.__private, history)

    @property
    def did(self) -> str:
        """The did:key under which signatures by this key are known."""
        return self.history.did

    @property
    def public(self) -> PublicKey:
        return self.history.current

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
