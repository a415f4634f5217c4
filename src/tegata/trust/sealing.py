"""What the owner of a log seals: any content, and evidence packages, as `log_seal` and `package` read them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from tegata.model.base import encode
from tegata.trust.ades.cades import sign_detached
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE, write_manifest
from tegata.trust.certified import CertifiedKey
from tegata.trust.container import write_container
from tegata.trust.log_seal import owner_name
from tegata.trust.package import HEAD, PACKAGE_VERSION, Head
from tegata.trust.signing_key import SigningKey

_BEGINNING: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_NO_END: Final = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)  # RFC 5280 section 4.1.2.5
_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class _Pair(NamedTuple):
    """A signing key as CMS asks for one."""

    key: SigningKey

    @property
    def public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.key.raw)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


def own_certificate(key: SigningKey) -> x509.Certificate:
    """The certificate of the key by itself; the same for the same key."""
    hashed = Hash(SHA256())
    hashed.update(key.raw)
    serial = int.from_bytes(hashed.finalize()[:16], "big") >> 1 | 1
    name, public = owner_name(key.did), _Pair(key).public
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public).serial_number(serial)
    builder = builder.not_valid_before(_BEGINNING).not_valid_after(_NO_END)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_USAGE, critical=True)
    return key.complete(builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False))


def seal_content(content: bytes, key: SigningKey, at: dt.datetime) -> bytes:
    """CMS (DER) over content beside it, of level CAdES B-B."""
    return sign_detached(content, own_certified(key), at)


def own_certified(key: SigningKey) -> CertifiedKey:
    """The key with its own certificate, for signatures of any form."""
    return CertifiedKey(_Pair(key), own_certificate(key))


def seal_package(files: Mapping[str, bytes], key: SigningKey, at: dt.datetime) -> bytes:
    """The container of these files, sealed by the owner of the log. The same arguments make the same bytes."""
    files = {**files, HEAD: encode(Head(version=PACKAGE_VERSION, origin=key.did, rolls=key.history.notes))}
    manifest = write_manifest(SIGNATURE, {name: hashlib.sha256(data).digest() for name, data in files.items()})
    return write_container({**files, MANIFEST: manifest, SIGNATURE: seal_content(manifest, key, at)})
