"""Private keys that sign documents, certificates and lists. They sign, and cannot be printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, Protocol, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.keyfile import load_private, read_secret
from tegata.trust.public_key import VerifyingKey, acceptable, kind_of, own_way
from tegata.trust.signing_key import SigningKey

Algorithm = Literal["p256", "ed25519"]
"""Kinds of key that are made here. Of every kind that `acceptable` knows a key can be brought along."""

SEED_SIZE: Final = 40
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
T_co = TypeVar("T_co", covariant=True)


class _Builder(Protocol[T_co]):
    """A certificate, request or revocation list that waits for its signature."""

    def sign(self, private_key: Any, algorithm: Any) -> T_co: ...


class _NoKeyError(InputError):
    """What was read is no key."""


class PrivateKey:
    """A private key. It cannot be printed, copied or pickled; `pem` is for its envelope only.

    Args:
        private: one of `cryptography`, or one that signs as these do, wherever it is kept.
    """

    __slots__ = ("__private", "__sign", "public")

    public: VerifyingKey

    def __init__(self, private: Any) -> None:
        self.public = acceptable(private.public_key())  # VerificationError for a kind or size that is not
        self.__private = private
        self.__sign = _signing(private)

    @classmethod
    def generate(cls, algorithm: Algorithm, seed: bytes) -> PrivateKey:
        """The key of `seed`: `SEED_SIZE` bytes from the caller's source of randomness."""
        if algorithm == "ed25519":
            return cls(Ed25519PrivateKey.from_private_bytes(seed[:32]))
        number = int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1  # FIPS 186-5 A.2.1: 64 extra bits
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path) -> PrivateKey:
        """From a PEM file (PKCS #8), or one that names a key in a token.

        Raises InputError when it is neither or when others may read it.
        """
        secret = read_secret(path)
        try:
            return cls.of_secret(secret)
        except _NoKeyError as error:
            raise InputError(
                t(f"no private key in `{path}`", f"`{path}` に秘密鍵がありません"), why=error.why
            ) from None

    @classmethod
    def of_secret(cls, secret: bytes, pin: Callable[[], str] | None = None) -> PrivateKey:
        """A key in PKCS #8 PEM, unencrypted, or the name of one in a token (RFC 7512). Raises InputError."""
        private = load_private(secret, pin)
        if private is None or not hasattr(private, "sign"):
            raise _NoKeyError(
                t("there is no signing key", "署名鍵がありません"),
                why=t("it is not an unencrypted key in PEM (PKCS #8)", "暗号化されていない PEM の鍵ではありません"),
            )
        return cls(private)

    @property
    def kind(self) -> str:
        """In one short word; those that are made here by their `Algorithm`."""
        return kind_of(self.public)

    def pem(self) -> bytes:
        """PKCS #8, unencrypted: for an envelope or a file that only its owner may read."""
        pem: bytes = self.__private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem

    def sign(self, message: bytes) -> bytes:
        """The signature as CMS and X.509 carry it, by the algorithm of the key (`algorithms.algorithm_of`)."""
        return self.__sign(message)

    def complete(self, builder: _Builder[T_co]) -> T_co:
        """The certificate, request or revocation list, signed."""
        return builder.sign(self.__private, own_way(self.public).digest)

    def as_signing_key(self) -> SigningKey:
        """The same key as an identity (`did:key`). Raises InputError: only Ed25519 keys are one here."""
        if not isinstance(self.__private, Ed25519PrivateKey):
            raise InputError(
                t("this is not an Ed25519 key", "Ed25519 の鍵ではありません"),
                hint=t("make one with `--algorithm ed25519`", "`--algorithm ed25519` で作ってください"),
            )
        return SigningKey(self.__private)

    def __repr__(self) -> str:
        return f"PrivateKey({type(self.public).__name__})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key cannot be copied or pickled")


def _signing(private: Any) -> Callable[[bytes], bytes]:
    """How it signs, settled once. ECDSA needs no randomness (RFC 6979)."""
    way = own_way(private.public_key())
    if isinstance(way.how, ec.ECDSA):
        ecdsa = ec.ECDSA(way.how.algorithm, deterministic_signing=True)
        return lambda message: private.sign(message, ecdsa)
    if way.how is not None:
        return lambda message: private.sign(message, way.how, way.digest)
    signs: Callable[[bytes], bytes] = private.sign
    return signs
