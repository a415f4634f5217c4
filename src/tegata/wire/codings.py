"""Content codings of HTTP (RFC 9110 sections 8.4 and 12.5.3; zstd: RFC 8878 section 7.2, RFC 9659): which one somebody
wants, and reading it within a budget."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final, Protocol

from tegata import zstd
from tegata.model.base import t
from tegata.model.errors import PeerError

CODINGS: Final = ("zstd", "gzip")
"""Those that we speak, the better one first."""
_WBITS: Final = 31  # the gzip format (zlib.h, deflateInit2)
_FIRST: Final = 1  # the quickest level, of both
_AT_ONCE: Final = 256 << 10  # bytes
_ITEM: Final = re.compile(r"([\w*!#$&+.^`|~-]+)(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


def preferred(accepted: str) -> str:
    """The coding that an `Accept-Encoding` prefers to nothing, or likes as well; "" where there is none. What does not
    read asks for nothing."""
    weights: dict[str, float] = {}
    for item in accepted[:1000].lower().split(","):
        if found := _ITEM.fullmatch(item.strip()):
            weights[found[1]] = float(found[2] or 1)
    coding = max(CODINGS, key=lambda name: weights.get(name, weights.get("*", 0.0)))
    weight = weights.get(coding, weights.get("*", 0.0))
    return coding if weight > 0 and weight >= weights.get("identity", 0.0) else ""


async def packed(blocks: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """The same in one of the codings."""
    packer = zstd.packer(_FIRST) if coding == "zstd" else zlib.compressobj(_FIRST, zlib.DEFLATED, _WBITS)
    async for block in blocks:
        if done := packer.compress(block):
            yield done
    yield packer.flush()


async def unpacked(blocks: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """What is packed in `coding`, as it is where that is none of ours: 256 KiB at a time, and who reads decides how
    much of it. PeerError when it is not in it, is cut, or asks for more memory than a window of 8 MiB."""
    if coding not in CODINGS:
        async for block in blocks:
            yield block
        return
    unpacking: _Unpacking = _Zstd() if coding == "zstd" else _Gzip()
    try:
        async for block in blocks:
            for plain in unpacking.feed(block):
                yield plain
    except (zlib.error, zstd.DamageError):
        raise _broken() from None
    if not unpacking.ended:
        raise _broken()


class _Unpacking(Protocol):
    def feed(self, block: bytes) -> Iterator[bytes]:
        """What comes out of the next bytes, piece by piece. PeerError where they stand behind the end."""

    @property
    def ended(self) -> bool: ...


class _Gzip:
    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_WBITS)

    def feed(self, block: bytes) -> Iterator[bytes]:
        rest = block
        while rest:
            if self._unpacker.eof:
                raise _broken()
            if plain := self._unpacker.decompress(rest, _AT_ONCE):
                yield plain
            rest = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        while plain := self._unpacker.decompress(b"", _AT_ONCE):
            yield plain

    @property
    def ended(self) -> bool:
        return self._unpacker.eof


class _Zstd:
    def __init__(self) -> None:
        self._unpacker = zstd.unpacker()

    def feed(self, block: bytes) -> Iterator[bytes]:
        if self._unpacker.eof and block:
            raise _broken()
        while not self._unpacker.eof:
            if plain := self._unpacker.decompress(block, _AT_ONCE):
                yield plain
            block = b""  # the unpacker keeps what it has not come to
            if self._unpacker.needs_input:
                return
        if self._unpacker.unused_data:
            raise _broken()

    @property
    def ended(self) -> bool:
        return self._unpacker.eof


def _broken() -> PeerError:
    return PeerError(t("the compressed data does not read", "圧縮されたデータを読めません"))
