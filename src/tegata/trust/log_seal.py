"""The seal of a log's owner on files: CAdES whose certificate the owner made itself, from its `did:key`.

The certificate adds nothing to the key: its name is the did, it was signed by the very key, and it has no end. It is
there so that programs which know X.509 only can check the seal (`openssl cms`, EU DSS) with it as the anchor; whoever
knows the did compares that. One key and one moment make one seal: reader and writer agree byte by byte.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import der
from tegata.trust.cms import DATA, SignedData, check_reference, public_key, read_signed, verify_signer
from tegata.trust.content import digest_of
from tegata.trust.keys import PublicKey


def owner_name(did: str) -> x509.Name:
    """Of the certificate that the owner of a log made of itself."""
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
                if self.certificate.subject == owner_name(key.did):
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
    """Takes only what `sealing.seal_content` writes: whatever nobody signed has one form. Raises VerificationError."""
    signed = read_signed(data)
    if len(signed.signers) == 1 and len(signed.certificates) == 1:
        signer = signed.signers[0]
        plain = signed._replace(version=der.integer(1), content_type=DATA, content=None, revocations=())
        plain = plain._replace(digest_algorithms=der.read(der.tlv(der.SET, signer.digest_algorithm.raw)))
        plain = plain._replace(signers=(signer._replace(version=der.integer(1), unsigned_attributes=()),))
        if plain.encode() == data:
            return Seal(signed, signed.certificate_of(signer))
    raise VerificationError(t("the seal is not in the one fixed form", "封が定められた形ではありません"))
