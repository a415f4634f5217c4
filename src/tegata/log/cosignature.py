"""Cosignatures: a witness says that this is the largest consistent tree it has seen of a log (C2SP tlog-cosignature).

Two kinds, told apart by their key: Ed25519 (`cosignature/v1`) over the text of the note, and ML-DSA-44 (`subtree/v1`)
over names, size and root, for the day when a quantum computer forges the first. Each message begins with the name of
its kind, so a cosignature is never a checkpoint or a JWS of the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from tegata.log.checkpoint import read_text
from tegata.log.note import SignatureLine, Signer, Verifier, by_key, key_id, refuse, split_note, with_signatures
from tegata.model.errors import UsageError

ED25519_COSIGNATURE: Final = b"\x04"
ML_DSA_44: Final = b"\x06"
"""Signature type identifiers of signed-note for cosignatures; the second a quantum computer does not forge."""
_TIME: Final = 8  # bytes
_LATEST: Final = (1 << 63) - 1
_LONGEST_NAME: Final = 255  # bytes, opaque<1..2^8-1>


def _ed25519_message(_: str, text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _ml_dsa_message(name: str, text: str, at: int) -> bytes:
    """The structure `cosigned_message` over a whole tree, which begins with leaf 0."""
    origin, size, root = read_text(text)
    parts = (b"subtree/v1\n\0", _opaque(name), _integer(at), _opaque(origin), _integer(0), _integer(size), root)
    return b"".join(parts)


def _opaque(name: str) -> bytes:
    data = name.encode()
    if not 0 < len(data) <= _LONGEST_NAME:
        raise UsageError(f"a name of {len(data)} bytes cannot be cosigned", hint="take one of 1 to 255 bytes")
    return bytes([len(data)]) + data


def _integer(value: int) -> bytes:
    return value.to_bytes(8, "big")


class _Kind(NamedTuple):
    identifier: bytes
    signature_size: int
    message: Callable[[str, str, int], bytes]


_KINDS: Final = {32: _Kind(ED25519_COSIGNATURE, 64, _ed25519_message), 1312: _Kind(ML_DSA_44, 2420, _ml_dsa_message)}
"""By the size of the public key in bytes: the algorithm belongs to the key, no message can ask for another."""
_HEAVY: Final = _TIME + _KINDS[1312].signature_size


def cosign(note: str, name: str, signer: Signer, at: int) -> SignatureLine:
    """The cosignature of the witness `name` under a checkpoint that it has found consistent.

    Args:
        at: seconds since 1970 (POSIX).
    """
    kind = _KINDS[len(signer.raw)]
    message = kind.message(name, split_note(note)[0], at)
    return SignatureLine(name, key_id(name, kind.identifier, signer.raw), _integer(at) + signer.sign(message))


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
        kind = _KINDS[len(key.raw)]
        for signature in by_key(lines, name, key_id(name, kind.identifier, key.raw)):
            at = int.from_bytes(signature[:_TIME], "big")
            if at > _LATEST:
                refuse("a cosignature states a time that there is not", "連署の時刻が認められません")
            key.verify(signature[_TIME:], kind.message(name, text, at))
            found[name] = max(at, found.get(name, 0))
    return found


def is_heavy(line: SignatureLine) -> bool:
    """Whether a line has the size of an ML-DSA-44 cosignature: forty times that of the others."""
    return len(line.signature) == _HEAVY


def without_heavy(note: str) -> str:
    """The note for where bytes count, in every proof: with the cosignatures that any reader can check."""
    text, lines = split_note(note)
    return with_signatures(text + "\n", (line for line in lines if not is_heavy(line)))
