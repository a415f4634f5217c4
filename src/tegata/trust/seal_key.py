"""Private keys that sign documents, certificates and lists: Ed25519 or P-256. They sign, and cannot be printed."""

from __future__ import annotations

import contextlib
from typing import Final, Literal, NoReturn, Protocol, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.keys import SigningKey
from tegata.trust.suite import VerifyingKey

Algorithm = Literal["p256", "ed25519"]
SEED_SIZE: Final = 40
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
T_co = TypeVar("T_co", covariant=True)


class _Builder(Protocol[T_co]):
    """A certificate, request or revocation list that waits for its signature."""

    def sign(
        self, private_key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, algorithm: hashes.SHA256 | None
    ) -> T_co: ...


class SealKey:
    """A private key in memory. It cannot be printed, copied or pickled; `pem` is for its envelope only."""

    __slots__ = ("__private", "public")

    public: VerifyingKey

    def __init__(self, private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self.__private = private
        self.public = private.public_key()

    @classmethod
    def generate(cls, algorithm: Algorithm, seed: bytes) -> SealKey:
        """The key of `seed`: `SEED_SIZE` bytes from the caller's source of randomness."""
        if algorithm == "ed25519":
            return cls(Ed25519PrivateKey.from_private_bytes(seed[:32]))
        number = int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1  # FIPS 186-5 A.2.1: 64 extra bits
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    @classmethod
    def of_pem(cls, pem: bytes) -> SealKey:
        """A key in PKCS #8 PEM, unencrypted. Raises InputError."""
        private: object = None
        with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):  # what they say may quote the key
            private = serialization.load_pem_private_key(pem, password=None)
        if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
            return cls(private)
        if isinstance(private, Ed25519PrivateKey):
            return cls(private)
        raise InputError(
            t("there is no signing key", "署名鍵がありません"),
            why=t("it is not an Ed25519 or P-256 key in PEM", "PEM 形式の Ed25519 または P-256 の鍵ではありません"),
        )

    @property
    def algorithm(self) -> Algorithm:
        return "ed25519" if isinstance(self.public, Ed25519PublicKey) else "p256"

    def pem(self) -> bytes:
        """PKCS #8, unencrypted: for an envelope or a file that only its owner may read."""
        return self.__private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, message: bytes) -> bytes:
        """ECDSA-Sig-Value over SHA-256, without randomness (RFC 6979), or 64 bytes of Ed25519."""
        if isinstance(self.__private, Ed25519PrivateKey):
            return self.__private.sign(message)
        return self.__private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def complete(self, builder: _Builder[T_co]) -> T_co:
        """The certificate, request or revocation list, signed."""
        return builder.sign(self.__private, None if self.algorithm == "ed25519" else hashes.SHA256())

    def as_signing_key(self) -> SigningKey:
        """The same key as an identity (`did:key`). Raises InputError: only Ed25519 keys are one here."""
        if not isinstance(self.__private, Ed25519PrivateKey):
            raise InputError(
                t("this is not an Ed25519 key", "Ed25519 の鍵ではありません"),
                hint=t("make one with `--algorithm ed25519`", "`--algorithm ed25519` で作ってください"),
            )
        return SigningKey(self.__private)

    def __repr__(self) -> str:
        return f"SealKey({self.algorithm})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key cannot be copied or pickled")
