"""Cosignatures: a witness says that this is the largest consistent tree it has seen of a log (C2SP tlog-cosignature).

Ed25519, `cosignature/v1`. The message begins with that word, so a cosignature is never a checkpoint or a JWS of the
same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tegata.log.note import SignatureLine, Signer, Verifier, by_key, key_id, split_note

_KIND: Final = b"\x04"
_TIME: Final = 8  # bytes


def cosign(note: str, name: str, signer: Signer, at: int) -> SignatureLine:
    """The cosignature of the witness `name` under a checkpoint that it has found consistent.

    Args:
        at: seconds since 1970 (POSIX).
    """
    message = _message(split_note(note)[0], at)
    return SignatureLine(name, key_id(name, _KIND, signer.raw), at.to_bytes(_TIME, "big") + signer.sign(message))


def cosigners(note: str, keys: Mapping[str, Verifier]) -> dict[str, int]:
    """Which of these witnesses cosigned a checkpoint, and when (POSIX seconds, the latest).

    Cosignatures by others are not looked at. Raises VerificationError when the note is malformed or a cosignature by
    one of them does not hold.
    """
    text, lines = split_note(note)
    return valid_cosignatures(text, lines, keys)


def valid_cosignatures(text: str, lines: Iterable[SignatureLine], keys: Mapping[str, Verifier]) -> dict[str, int]:
    """The same over the text of a note and lines that came apart from it. Raises VerificationError."""
    lines, found = list(lines), dict[str, int]()
    for name, key in keys.items():
        for signature in by_key(lines, name, key_id(name, _KIND, key.raw)):
            at = int.from_bytes(signature[:_TIME], "big")
            key.verify(signature[_TIME:], _message(text, at))
            found[name] = max(at, found.get(name, 0))
    return found


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
