"""Keys from a secret: one per purpose and name, none of which tells anything of another (HKDF, RFC 5869)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DERIVED_SIZE: Final = 32


def derive_key(secret: bytes, purpose: str, name: str) -> bytes:
    """32 bytes for `name` (an agreement, say) under `purpose`; the same again for the same arguments."""
    info = f"tegata/{purpose}".encode() + b"\x00" + name.encode()
    return HKDF(algorithm=SHA256(), length=DERIVED_SIZE, salt=None, info=info).derive(secret)
