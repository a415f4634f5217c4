"""Making the enveloped signature that enveloped.py verifies: XAdES with SigningCertificateV2 (EN 319 132-1)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from tegata.trust.ades.xades_sign import Signed, add_signature
from tegata.trust.certified import CertifiedKey
from tegata.trust.xmldsig import ENVELOPED, EXCLUSIVE, canonical_bytes


def sign_enveloped(root: Any, signer: CertifiedKey, at: dt.datetime) -> None:
    """Adds the signature as the last child of the root. Raises UsageError for a key that XML has no name for."""
    digest = signer.algorithm.digest
    whole = hashlib.new(digest, canonical_bytes(root)).digest()
    add_signature(root, [Signed("", digest, whole, (ENVELOPED, EXCLUSIVE))], signer, at, chain=False)
