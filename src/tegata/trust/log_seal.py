"""The seal of a log's owner on files: CAdES whose certificate the owner made itself, from its `did:key`.

The certificate adds nothing to the key: its name is the did, it was signed by the very key, and it has no end. It is
there so that programs which know X.509 only can check the seal (`openssl cms`, EU DSS) with it as the anchor; whoever
knows the did compares that. One key and one moment make one seal: reader and writer agree byte by byte.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.x509.oid import NameOID

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.ades.cades import sign_detached
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import DATA, SignedData, check_reference, public_key, read_signed, verify_signer
from tegata.trust.content import digest_of
from tegata.trust.keys import PublicKey
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
    name, public = _name(key.did), _Pair(key).public
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


def _name(did: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, did)])


class Seal(NamedTuple):
    """A seal whose form is right. Nothing is verified yet, not even that the key signed."""

    signed: SignedData
    certificate: x509.Certificate

    def check_key(self, key: PublicKey) -> None:
        """Raises VerificationError unless it is the seal of this key, under the did by which the key is known."""
        public = public_key(self.certificate)
        if isinstance(public, Ed25519PublicKey) and public.public_bytes_raw() == key.raw:
            with contextlib.suppress(ValueError):  # a name that cannot be read is not that of the key
                if self.certificate.subject == _name(key.did):
                    return
        raise VerificationError(
            t("it is sealed by another than the log's owner", "ログの所有者以外が封をしています"),
        )

    def verify(self, content: bytes) -> None:
        """Raises VerificationError unless the key of the certificate sealed this content."""
        signer = self.signed.signers[0]
        check_reference(signer.signed, self.certificate, required=True)
        verify_signer(self.signed, signer, self.certificate, digest_of(content))


def read_seal(data: bytes) -> Seal:
    """Takes only what `seal_content` writes: whatever nobody signed has one form. Raises VerificationError."""
    signed = read_signed(data)
    if len(signed.signers) == 1 and len(signed.certificates) == 1:
        signer = signed.signers[0]
        plain = signed._replace(version=der.integer(1), content_type=DATA, content=None, revocations=())
        plain = plain._replace(digest_algorithms=der.read(der.tlv(der.SET, signer.digest_algorithm.raw)))
        plain = plain._replace(signers=(signer._replace(version=der.integer(1), unsigned_attributes=()),))
        if plain.encode() == data:
            return Seal(signed, signed.certificate_of(signer))
    raise VerificationError(t("the seal is not in the one fixed form", "封が定められた形ではありません"))
