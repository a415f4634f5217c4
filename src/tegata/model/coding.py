"""How nouns become JSON and back: strictly, and in one form.

Everything that proves something reads and writes through this module. The small verifier carries
`tegata.verifier.plain_coding` in its place, which says the same without any library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from tegata.model.nesting import check_depth

__all__ = ["Meta", "Struct", "convert", "decode", "encode", "pretty", "read", "replace"]

N = TypeVar("N", bound=Struct)


def decode(data: bytes, kind: type[N]) -> N:
    """The noun that a JSON document holds. Raises ValueError for anything else."""
    check_depth(data)
    return msgspec.json.decode(data, type=kind)


def read(data: bytes) -> Any:
    """The plain value of a JSON document. Raises ValueError for what is none."""
    check_depth(data)
    return msgspec.json.decode(data)


def convert(value: Mapping[str, Any], kind: type[N]) -> N:
    """A noun of plain values that were read before. Raises ValueError, which says what is wrong."""
    return msgspec.convert(dict(value), kind)


def encode(value: Any) -> bytes:
    """JSON bytes of a noun with sorted keys and no white space: the fixed bytes that are hashed and signed."""
    return msgspec.json.encode(value, order="sorted")


def pretty(value: Any) -> bytes:
    """The same JSON for people: two spaces of indent."""
    return msgspec.json.format(encode(value), indent=2)
