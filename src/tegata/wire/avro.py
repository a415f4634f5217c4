"""Avro object container files (Apache Avro 1.11, "Object Container Files"), as far as small ones are written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_MAGIC: Final = b"Obj\x01"
_SYNC: Final = 16


def container(schema: Mapping[str, Any], records: Sequence[Mapping[str, Any]], metadata: Mapping[str, str]) -> bytes:
    """A file with one block of records. Its mark of synchronisation follows from its content, so that equal records
    give equal bytes."""
    head = {"avro.schema": msgspec.json.encode(schema).decode(), "avro.codec": "null", **metadata}
    pairs = b"".join(_string(name) + _string(value) for name, value in head.items())
    block = b"".join(_encoded(schema, record) for record in records)
    sync = hashlib.sha256(pairs + block).digest()[:_SYNC]
    body = long(len(records)) + long(len(block)) + block + sync if records else b""
    return _MAGIC + long(len(head)) + pairs + long(0) + sync + body


def long(number: int) -> bytes:
    """Zigzag, then seven bits to a byte, the lowest first."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def _string(text: str) -> bytes:
    data = text.encode()
    return long(len(data)) + data


def _encoded(schema: Any, value: Any) -> bytes:
    """A value by its schema: records, strings, whole numbers, and a union of null with one of them."""
    if isinstance(schema, list):
        place = 0 if value is None else 1
        return long(place) + (b"" if value is None else _encoded(schema[1], value))
    if isinstance(schema, Mapping):
        return b"".join(_encoded(field["type"], value[field["name"]]) for field in schema["fields"])
    return _string(value) if schema == "string" else long(value)
