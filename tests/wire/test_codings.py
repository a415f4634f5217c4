"""gzip: who wants it, the same bytes in and out, and no more memory than a block, whatever is in it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from tegata.model.errors import PeerError
from tegata.wire.codings import gunzipped, gzipped, wants_gzip


async def blocks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("gzip, deflate", True),
        ("*", True),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=x", False),
        ("gz ip", False),
    ],
)
def test_who_wants_it(accepted: str, wanted: bool) -> None:
    assert wants_gzip(accepted) is wanted


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
async def test_what_goes_in_comes_out(size: int) -> None:
    data = b"".join(b"%d,%s\r\n" % (n, b"x" * 50) for n in range(200 if size == 1 else 20_000))
    packed = b"".join([block async for block in gzipped(blocks(data, size))])
    assert gzip.decompress(packed) == data
    assert b"".join([block async for block in gunzipped(blocks(packed, size))]) == data


async def test_a_bomb_goes_off_one_block_at_a_time() -> None:
    packed = gzip.compress(bytes(200 << 20))
    taken = 0
    async for block in gunzipped(blocks(packed, 64 << 10)):
        assert len(block) <= 256 << 10
        taken += len(block)
        if taken > 4 << 20:
            break


@pytest.mark.parametrize(
    "harm", [lambda p: p[:-9], lambda p: p + b"x", lambda p: b"x" + p, lambda p: p + p, lambda p: b""]
)
async def test_what_is_no_gzip_is_the_peers_fault(harm: object) -> None:
    packed = harm(gzip.compress(b"abc" * 1000))  # type: ignore[operator]
    with pytest.raises(PeerError):
        async for _ in gunzipped(blocks(packed, 100)):
            pass


async def test_it_agrees_with_zlib_on_where_it_ends() -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packed.compress(b"") + packed.flush()
    assert [block async for block in gunzipped(blocks(data, 3))] == []
