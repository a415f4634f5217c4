"""Content codings of HTTP (RFC 9110 sections 8.4 and 12.5.3): who wants gzip, and reading it within a budget."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from typing import Final

from tegata.model.base import t
from tegata.model.errors import PeerError

GZIP: Final = "gzip"
_WBITS: Final = 31  # the gzip format (zlib.h, deflateInit2)
_FIRST: Final = 1  # the quickest level
_AT_ONCE: Final = 256 << 10  # bytes
_ITEM: Final = re.compile(r"([\w*!#$&+.^`|~-]+)(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


def wants_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` prefers gzip to nothing, or likes both. What does not read asks for nothing."""
    weights: dict[str, float] = {}
    for item in accepted[:1000].lower().split(","):
        if found := _ITEM.fullmatch(item.strip()):
            weights[found[1]] = float(found[2] or 1)
    gzip = weights.get(GZIP, weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


async def gzipped(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same in gzip."""
    packer = zlib.compressobj(_FIRST, zlib.DEFLATED, _WBITS)
    async for block in blocks:
        if packed := packer.compress(block):
            yield packed
    yield packer.flush()


async def gunzipped(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What gzip holds, 256 KiB at a time: who reads decides how much of it. PeerError when it is no gzip, or cut."""
    unpacker = zlib.decompressobj(_WBITS)
    try:
        async for block in blocks:
            rest = block
            while rest:
                if unpacker.eof:
                    raise _broken()
                if plain := unpacker.decompress(rest, _AT_ONCE):
                    yield plain
                rest = unpacker.unconsumed_tail or unpacker.unused_data
            while plain := unpacker.decompress(b"", _AT_ONCE):
                yield plain
    except zlib.error:
        raise _broken() from None
    if not unpacker.eof:
        raise _broken()


def _broken() -> PeerError:
    return PeerError(t("the compressed data does not read", "圧縮されたデータを読めません"))
