"""ML-DSA-44 private keys (FIPS 204): the second key of a node."""

from __future__ import annotations

from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tegata.trust.mldsa import MlDsaPublicKey


class MlDsaKey:
    """An ML-DSA-44 private key that can only sign. It cannot be printed, copied, pickled or serialised."""

    __slots__ = ("__private", "public")

    public: MlDsaPublicKey

    def __init__(self, seed: bytes) -> None:
        """The key of `seed`: 32 bytes (FIPS 204 section 5.1), derived for this purpose only."""
        self.__private = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public = MlDsaPublicKey(self.__private.public_key().public_bytes_raw())

    @property
    def raw(self) -> bytes:
        """The public key, 1312 bytes."""
        return self.public.raw

    def sign(self, message: bytes) -> bytes:
        """The signature, 2420 bytes, hedged with fresh randomness (FIPS 204 section 3.4)."""
        return self.__private.sign(message)

    def __repr__(self) -> str:
        return f"MlDsaKey({self.public!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key cannot be copied or pickled")
