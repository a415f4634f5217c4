"""How batches of Kafka are packed (the lowest three bits of their attributes), and how they are unpacked: each into a
room that is set before, whatever it says of its own length.

https://kafka.apache.org/documentation/#recordbatch; https://google.github.io/snappy/;
https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from tegata import zstd
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.wire.kafka import broken

_WBITS: Final = 31  # of gzip
_XERIAL: Final = b"\x82SNAPPY\0"
"""What clients in Java begin snappy with: then two versions, and blocks, each behind its length in four bytes."""
_XERIAL_HEAD: Final = 16  # bytes


class DamageError(Exception):
    """It is none of what it says, or is cut off, or does not fit in the room."""


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def unpacked(data: bytes, packing: int, room: int) -> bytes:
    """What was packed, at most `room` bytes.

    Raises:
        PeerError: it does not unpack, or not within the room; nobody knows this packing.
        InputError: the extra that unpacks it is not installed.
    """
    if packing not in _UNPACK:
        raise broken(t(f"a batch is packed in way {packing}", f"未知の圧縮方式 {packing} のバッチです"))
    try:
        return _UNPACK[packing](data, room)
    except DamageError:
        raise broken(
            t("a batch does not unpack, is cut off, or is a bomb", "バッチが壊れているか、途中で切れているか、爆弾です")
        ) from None


def _plain(data: bytes, room: int) -> bytes:
    if len(data) > room:
        raise DamageError
    return data


def _gzip(data: bytes, room: int) -> bytes:
    return _whole(zlib.decompressobj(_WBITS), data, room)


def _zstd(data: bytes, room: int) -> bytes:
    return _whole(zstd.unpacker(), data, room)


def _whole(unpacker: _Unpacker, data: bytes, room: int) -> bytes:
    try:
        plain = unpacker.decompress(data, room)
    except (zlib.error, zstd.DamageError):
        raise DamageError from None
    if not unpacker.eof:
        raise DamageError
    return plain


def _lz4(data: bytes, room: int) -> bytes:
    """One frame. It need not tell its length."""
    library, out = _library("lz4"), bytearray(room)
    try:
        size = library.lz4.decompress_into(data, out)
    except library.DecompressionError:
        raise DamageError from None
    return bytes(memoryview(out)[:size])


def _snappy(data: bytes, room: int) -> bytes:
    """As one block, or in the frame of clients in Java."""
    if not data.startswith(_XERIAL):
        return _block(data, room)
    at, blocks = _XERIAL_HEAD, list[bytes]()
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size > len(data) - at - 4:
            raise DamageError
        blocks.append(_block(data[at + 4 : at + 4 + size], room))
        room -= len(blocks[-1])
        at += 4 + size
    return b"".join(blocks)


def _block(data: bytes, room: int) -> bytes:
    """It tells its length first, and holds to it or is refused."""
    library = _library("snappy")
    try:
        size = library.snappy.decompress_raw_len(data)
        if not data or size > room:
            raise DamageError
        return bytes(library.snappy.decompress_raw(data))
    except library.DecompressionError:
        raise DamageError from None


def _library(name: str) -> Any:
    try:
        import cramjam  # here: few topics need it
    except ImportError:
        raise InputError(
            t(f"messages packed with {name} cannot be read yet", f"{name} で圧縮されたメッセージはまだ読み取れません"),
            why=t("the extra `kafka` is not installed", "追加機能 `kafka` がインストールされていません"),
            hint="pip install 'tegata[kafka]'",
        ) from None
    return cramjam


_UNPACK: Final[Mapping[int, Callable[[bytes, int], bytes]]] = {0: _plain, 1: _gzip, 2: _snappy, 3: _lz4, 4: _zstd}
