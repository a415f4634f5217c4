"""A private key that a certificate speaks for: for signatures that others verify by X.509."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.algorithms import Algorithm, algorithm_of
from tegata.trust.certificates import load_certificates
from tegata.trust.private_key import PrivateKey


class KeyPair(Protocol):
    """A private key, wherever it is kept."""

    @property
    def public(self) -> Any:
        """The public half, as `cryptography` has it."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature as CMS and X.509 carry it, by the algorithm of the key (`algorithm_of`)."""
        ...


class CertifiedKey:
    """A key with its certificate and those above it (DER). Signs with the one algorithm of the key."""

    def __init__(self, key: KeyPair, certificate: x509.Certificate, chain: Iterable[x509.Certificate] = ()) -> None:
        """Raises UsageError when the certificate is of another key, VerificationError for a kind of key not known."""
        if _spki(key.public) != _spki(certificate.public_key()):
            raise UsageError(
                t("the certificate is of another key", "証明書が別の鍵のものです"),
                hint=t(
                    "give the certificate of this key first, then those above it",
                    "この鍵の証明書を先頭に、上位の証明書を続けてください",
                ),
            )
        self.sign = key.sign
        self.x509 = certificate
        self.algorithm: Algorithm = algorithm_of(key.public)
        self.certificate: bytes = certificate.public_bytes(Encoding.DER)
        self.chain: tuple[bytes, ...] = tuple(one.public_bytes(Encoding.DER) for one in chain)

    @classmethod
    def load(cls, key: Path, certificates: Path) -> CertifiedKey:
        """From a PEM file (PKCS #8) and a PEM file with the certificate first and those above it after it.

        Raises InputError when a file is not that or when others may read the key.
        """
        first, *above = load_certificates(certificates)
        return cls(PrivateKey.load(key), first, above)

    def __repr__(self) -> str:
        return f"CertifiedKey({self.x509.subject.rfc4514_string()})"


def _spki(key: Any) -> bytes:
    spki: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return spki
