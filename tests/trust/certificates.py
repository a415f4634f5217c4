"""Small certificate authorities for tests: every kind of key, valid from 2020 to 2040."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tegata.trust.certified import CertifiedKey
from tegata.trust.private_key import PrivateKey

KEYS: dict[str, Callable[[], Any]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ml-dsa-44": mldsa.MLDSA44PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
}
FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)


def private(kind: str, number: int = 0) -> Any:
    return _private(kind, number)


@cache
def _private(kind: str, number: int) -> Any:
    return KEYS[kind]()


def certificate(
    key: Any,
    name: str,
    issuer: CertifiedKey | None = None,
    *,
    signing_key: Any = None,
    usage: tuple[str, bool] | None = ("time_stamping", True),
    start: dt.datetime = FROM,
    end: dt.datetime = UNTIL,
) -> x509.Certificate:
    """A certificate for `key`; signed by `signing_key` under `issuer`, or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "example"), _cn(name)])
    above = issuer.x509.subject if issuer else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None and usage is not None:
        kinds = {"time_stamping": ExtendedKeyUsageOID.TIME_STAMPING, "code": ExtendedKeyUsageOID.CODE_SIGNING}
        builder = builder.add_extension(x509.ExtendedKeyUsage([kinds[usage[0]]]), critical=usage[1])
    signer = signing_key or key
    plain = isinstance(signer, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return builder.sign(signer, hashes.SHA256() if plain else None)


@cache
def authority() -> tuple[Any, CertifiedKey]:
    """A root of the tests: its private key, and both together."""
    key = private("p256", 99)
    return key, CertifiedKey(PrivateKey(key), certificate(key, "example root"))


def certified(kind: str = "p256", number: int = 0) -> CertifiedKey:
    """A time-stamping key of this kind under the root."""
    return _certified(kind, number)


@cache
def _certified(kind: str, number: int) -> CertifiedKey:
    root_key, root = authority()
    key = private(kind, number)
    own = certificate(key, f"example {kind} {number}", root, signing_key=root_key)
    return CertifiedKey(PrivateKey(key), own, (root.x509,))


def write_pem(folder: Path, of: CertifiedKey, key: Any) -> tuple[Path, Path, Path]:
    """Files with the private key, its certificate and the root."""
    paths = folder / "key.pem", folder / "certificate.pem", folder / "root.pem"
    paths[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    paths[0].chmod(0o600)
    paths[1].write_bytes(of.x509.public_bytes(Encoding.PEM))
    paths[2].write_bytes(authority()[1].x509.public_bytes(Encoding.PEM))
    return paths


def _cn(name: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, name)
