"""Signatures in certificates and lists: the algorithm must be of the key's kind, and one that the reader accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from tegata.trust.public_key import OF_MESSAGES, Way, check

_STRONG: Final = frozenset({"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"})


class Signed(Protocol):
    """A certificate or a list, as the parser gives it."""

    @property
    def signature(self) -> bytes: ...
    @property
    def signature_algorithm_oid(self) -> x509.ObjectIdentifier: ...
    @property
    def signature_hash_algorithm(self) -> hashes.HashAlgorithm | None: ...
    @property
    def signature_algorithm_parameters(self) -> Any: ...


@dataclass(frozen=True)
class Algorithms:
    """What the reader holds for strong enough (ETSI TS 119 312 tells what is, and until when)."""

    hashes: frozenset[str] = _STRONG
    min_rsa_bits: int = 2048
    min_ec_bits: int = 256
    dsa: bool = False

    def weakness(self, key: object, signed: Signed) -> str:
        """What is too weak in a signature by `key`; empty when nothing is."""
        algorithm = hash_of(signed)
        if algorithm is not None and algorithm.name not in self.hashes:
            return algorithm.name
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < self.min_rsa_bits:
            return f"RSA-{key.key_size}"
        if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < self.min_ec_bits:
            return key.curve.name
        return "DSA" if isinstance(key, dsa.DSAPublicKey) and not self.dsa else ""


def hash_of(signed: Signed) -> hashes.HashAlgorithm | None:
    """The hash that the signature names; None where the algorithm has its own, or is not known."""
    try:
        return signed.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return None


def holds(key: object, signed: Signed, message: bytes) -> bool:
    """Whether the signature is one by `key` over `message`. False also for an algorithm of another kind of key."""
    try:
        _verify(key, signed, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _verify(key: object, signed: Signed, message: bytes) -> None:
    kind = OF_MESSAGES.get(signed.signature_algorithm_oid.dotted_string)
    if kind is not None:
        if not isinstance(key, kind):
            raise InvalidSignature
        check(key, Way(), signed.signature, message)
        return
    algorithm = signed.signature_hash_algorithm
    if algorithm is None:
        raise InvalidSignature
    if isinstance(key, dsa.DSAPublicKey):  # no longer a key to take signatures from, unless the reader asks for it
        key.verify(signed.signature, message, algorithm)
        return
    check(key, Way(signed.signature_algorithm_parameters, algorithm), signed.signature, message)
