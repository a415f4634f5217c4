"""What every noun shares: a frozen struct, bilingual text, digests and one way to encode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from tegata.model.coding import Struct, decode
from tegata.model.coding import encode as encode
from tegata.model.coding import pretty as pretty

Language = Literal["en", "ja"]


class Noun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


N = TypeVar("N", bound=Noun)
Progress = Callable[[int, int], None]
"""Told (done, total) while long work goes on; the unit is the caller's own, bytes as a rule."""


def decode_fixed(data: bytes, kind: type[N]) -> N:
    """The noun whose fixed bytes these are: one reading, no unknown, repeated or reordered fields. Else ValueError."""
    value = decode(data, kind)
    if encode(value) != data:
        raise ValueError("its bytes are not in the one fixed form")
    return value


def sha256(data: bytes) -> str:
    """Digest in the form used everywhere: `sha256:` and 64 lower-case hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Digest of a noun over its fixed bytes."""
    return sha256(encode(value))
