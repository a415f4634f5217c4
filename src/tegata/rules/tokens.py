"""What the ledger keeps of a person: a 64-bit token, keyed by a secret of the node that never leaves it.

Somebody whom nothing tells apart from others gets a token of its own: such people are counted from above.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from tegata.model.profile import SubjectSet

_TOKEN_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom one source concerns, of one category: at most as many as there is room for."""

    tokens: tuple[int, ...]
    above: int = 0  # of them, how many are counted from above: not told apart, or of a country that nobody knows


def tokens_of(found: SubjectSet, source: str, key: bytes, room: int) -> Subjects:
    """Tokens of the subjects that a scan found, up to `room`. `source` is the digest of the bytes."""
    known = [_token(hashed.to_bytes(8, "big"), key, b"subject") for hashed in found.hashes[:room]]
    strangers = anonymous(found.category, source, min(found.keyless, room - len(known)), key)
    return Subjects((*known, *strangers.tokens), min(found.uncertain, len(known)) + strangers.above)


def anonymous(category: str, source: str, count: int, key: bytes) -> Subjects:
    """Tokens for people whom nothing tells apart: the same again for the same bytes, and nobody else's."""
    made = (_token(f"{source} {category} {n}".encode(), key, b"stranger") for n in range(count))
    return Subjects(tuple(made), count)


def filled(found: Subjects, category: str, source: str, most: int, key: bytes) -> Subjects:
    """`found`, and strangers until there are `most`: nobody knows who else is in it."""
    strangers = anonymous(category, source, max(0, most - len(found.tokens)), key)
    return Subjects((*found.tokens, *strangers.tokens), found.above + strangers.above)


def bounded(found: Subjects, category: str, source: str, stated: int | None, key: bytes) -> Subjects:
    """`found`, or as many strangers as the publisher states, where these are fewer: who of them it is nobody knows."""
    if stated is None or stated >= len(found.tokens):
        return found
    return anonymous(category, source, stated, key)


def mark_of(key: bytes) -> str:
    """What tells one key from another without telling the key."""
    return f"{_token(b'', key, b'mark'):016x}"


def _token(data: bytes, key: bytes, kind: bytes) -> int:
    """BLAKE2b keyed (RFC 7693 §2.9): without the key a token tells nothing, not even to who tries all numbers."""
    digest = hashlib.blake2b(data, digest_size=_TOKEN_BYTES, key=key, person=kind).digest()
    return int.from_bytes(digest, "big")
