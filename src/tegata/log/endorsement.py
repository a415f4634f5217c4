"""Endorsements: the key that names a log says which other key speaks for it too (a C2SP signed note).

The text is `tegata-keys/1`, the did:key that endorses, and the other key as a C2SP vkey under the same name. A
checkpoint states a size in its second line, so neither is ever taken for the other.
"""

from __future__ import annotations

from typing import Final

from tegata.log.cosignature import ML_DSA_44
from tegata.log.note import (
    ED25519,
    SignatureLine,
    Signer,
    Verifier,
    by_key,
    key_id,
    read_vkey,
    split_note,
    write_vkey,
)
from tegata.model.base import t
from tegata.model.errors import VerificationError

_VERSION: Final = "tegata-keys/1"


def endorse(name: str, signer: Signer, public_key: bytes) -> str:
    """The note by which the Ed25519 key of `name` endorses an ML-DSA-44 key (1312 bytes)."""
    text = f"{_VERSION}\n{name}\n{write_vkey(name, ML_DSA_44, public_key)}\n"
    line = SignatureLine(name, key_id(name, ED25519, signer.raw), signer.sign(text.encode()))
    return f"{text}\n{line}"


def is_endorsement(note: bytes) -> bool:
    """Whether a document says that it is one."""
    return note.startswith(_VERSION.encode() + b"\n")


def bears_line_of(note: str, name: str, key: Verifier) -> bool:
    """Whether a note bears a signature line of this key, verified or not. Raises VerificationError."""
    return any(by_key(split_note(note)[1], name, key_id(name, ED25519, key.raw)))


def endorsed(note: str, name: str, key: Verifier) -> bytes:
    """The ML-DSA-44 key that the key of `name` endorses. Only the one form of a note, with the one signature.

    Raises VerificationError.
    """
    text, lines = split_note(note)
    version, _, rest = text.partition("\n")
    stated, _, vkey = rest.partition("\n")
    owner, kind, public = read_vkey(vkey.removesuffix("\n"))
    signatures = list(by_key(lines, name, key_id(name, ED25519, key.raw)))
    if (version, stated, owner, kind) != (_VERSION, name, name, ML_DSA_44) or not len(signatures) == len(lines) == 1:
        raise VerificationError(t("it does not endorse a key of this name", "この名前の鍵を保証するものではありません"))
    key.verify(signatures[0], text.encode())
    return public
