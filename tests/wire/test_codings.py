"""gzip and zstd: who wants which, the same bytes in and out, and no more memory than a block, whatever is in it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import pytest

from tegata.model.errors import PeerError
from tegata.wire.codings import CODINGS, packed, preferred, unpacked
from tegata.zstd import library as zstd

PACK = {"gzip": gzip.compress, "zstd": zstd.compress}
UNPACK = {"gzip": gzip.decompress, "zstd": zstd.decompress}


async def blocks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("gzip, deflate", "gzip"),
        ("gzip, zstd", "zstd"),
        ("zstd, gzip;q=0.9", "zstd"),
        ("zstd;q=0.1, gzip", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("*", "zstd"),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", "gzip"),
        ("identity", ""),
        ("", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=x", ""),
        ("gz ip", ""),
    ],
)
def test_who_wants_it(accepted: str, wanted: str) -> None:
    assert preferred(accepted) == wanted


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
async def test_what_goes_in_comes_out(coding: str, size: int) -> None:
    data = b"".join(b"%d,%s\r\n" % (n, b"x" * 50) for n in range(200 if size == 1 else 20_000))
    done = b"".join([block async for block in packed(blocks(data, size), coding)])
    assert UNPACK[coding](done) == data
    assert b"".join([block async for block in unpacked(blocks(done, size), coding)]) == data


async def test_what_is_in_no_coding_comes_as_it_is() -> None:
    assert [block async for block in unpacked(blocks(b"abcd", 3), "identity")] == [b"abc", b"d"]


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_goes_off_one_block_at_a_time(coding: str) -> None:
    bomb = PACK[coding](bytes(200 << 20))
    taken = 0
    async for block in unpacked(blocks(bomb, 64 << 10), coding):
        assert len(block) <= 256 << 10
        taken += len(block)
        if taken > 4 << 20:
            break


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize(
    "harm", [lambda p: p[:-9], lambda p: p + b"x", lambda p: b"x" + p, lambda p: p + p, lambda p: b""]
)
@pytest.mark.parametrize("size", [1, 100])
async def test_what_does_not_read_is_the_peers_fault(coding: str, harm: Callable[[bytes], bytes], size: int) -> None:
    done = harm(PACK[coding](b"".join(b"%d" % n for n in range(1000))))
    with pytest.raises(PeerError):
        async for _ in unpacked(blocks(done, size), coding):
            pass


async def test_a_window_beyond_8_mib_is_not_taken() -> None:
    """RFC 9659: no more, whatever a frame asks for."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 24})
    frame = packer.compress(b"abc") + packer.flush()
    with pytest.raises(PeerError):
        _ = [block async for block in unpacked(blocks(frame, 100), "zstd")]


async def test_it_agrees_with_zlib_on_where_it_ends() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packer.compress(b"") + packer.flush()
    assert [block async for block in unpacked(blocks(data, 3), "gzip")] == []
