"""What every noun shares: a frozen struct, bilingual text, digests and one way to encode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Literal

import msgspec

Language = Literal["en", "ja"]


class Noun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the vocabulary: immutable, strict when decoded. Subclasses repeat `frozen=True, kw_only=True`."""


class Text(Noun, frozen=True, kw_only=True):
    """The same sentence in English and Japanese."""

    en: str
    ja: str

    def say(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en


def t(en: str, ja: str) -> Text:
    """Short form for the many places that say something to a person."""
    return Text(en=en, ja=ja)


Progress = Callable[[int, int], None]
"""Told (done, total) while long work goes on; the unit is the caller's own, bytes as a rule."""


def encode(value: Any) -> bytes:
    """JSON bytes of a noun with sorted keys and no white space: the fixed bytes that are hashed and signed."""
    return msgspec.json.encode(value, order="sorted")


def pretty(value: Any) -> bytes:
    """The same JSON for people: two spaces of indent."""
    return msgspec.json.format(encode(value), indent=2)


def sha256(data: bytes) -> str:
    """Digest in the form used everywhere: `sha256:` and 64 lower-case hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Digest of a noun over its fixed bytes."""
    return sha256(encode(value))
