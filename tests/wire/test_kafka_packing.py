"""Packed batches: unpacked whole, or refused, and never into more than the room that is given."""

from __future__ import annotations

import contextlib
import gzip
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import InputError, PeerError
from tegata.wire.kafka_packing import unpacked
from tegata.zstd import library as zstd

cramjam = pytest.importorskip("cramjam")
SNAPPY, LZ4 = 2, 3
ROOM = 1 << 16


def block(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


def xerial(data: bytes, size: int = 1000) -> bytes:
    """As clients in Java frame it: blocks of so many bytes."""
    blocks = [block(data[at : at + size]) for at in range(0, len(data), size)]
    head = b"\x82SNAPPY\0" + (1).to_bytes(4, "big") * 2
    return head + b"".join(len(one).to_bytes(4, "big") + one for one in blocks)


def frame(data: bytes) -> bytes:
    return bytes(cramjam.lz4.compress(data))


PACK: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "gzip": (1, gzip.compress),
    "snappy": (SNAPPY, block),
    "xerial": (SNAPPY, xerial),
    "lz4": (LZ4, frame),
    "zstd": (4, zstd.compress),
}


@pytest.mark.parametrize("name", PACK)
@given(data=st.binary(max_size=5_000))
def test_what_was_packed_comes_out(name: str, data: bytes) -> None:
    packing, pack = PACK[name]
    assert unpacked(pack(data), packing, ROOM) == data


@pytest.mark.parametrize("name", PACK)
@given(size=st.integers(ROOM - 3, ROOM + 3))
def test_the_room_is_the_most(name: str, size: int) -> None:
    packing, pack = PACK[name]
    if size <= ROOM:
        assert len(unpacked(pack(bytes(size)), packing, ROOM)) == size
    else:
        with pytest.raises(PeerError, match="bomb"):
            unpacked(pack(bytes(size)), packing, ROOM)


@pytest.mark.parametrize("name", PACK)
@given(data=st.binary(min_size=50, max_size=500), place=st.floats(0, 1), junk=st.binary(max_size=40))
def test_whatever_comes_is_unpacked_or_refused(name: str, data: bytes, place: float, junk: bytes) -> None:
    packing, pack = PACK[name]
    whole = pack(data)
    cut = whole[: int(place * (len(whole) - 1))]
    if name != "xerial":  # whose blocks may end between two
        with pytest.raises(PeerError, match="cut off"):
            unpacked(cut, packing, ROOM)
    for harmed in (cut, junk, cut + junk):
        with contextlib.suppress(PeerError):
            assert len(unpacked(harmed, packing, ROOM)) <= ROOM


@pytest.mark.parametrize(
    "lie", [b"\xff\xff\xff\xff\x0f" + bytes(20), xerial(bytes(200_000)), xerial(b"")[:16] + b"\xff" * 9]
)
def test_lies_of_lengths(lie: bytes) -> None:
    """Four gigabytes; blocks each of which would fit, but not all; one that is longer than what is there."""
    with pytest.raises(PeerError, match="bomb"):
        unpacked(lie, SNAPPY, ROOM)


def test_a_packing_that_nobody_knows() -> None:
    with pytest.raises(PeerError, match="way 5"):
        unpacked(b"", 5, ROOM)


@pytest.mark.parametrize(("packing", "name"), [(SNAPPY, "snappy"), (LZ4, "lz4")])
def test_the_extra_is_named_where_it_is_missing(packing: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    with pytest.raises(InputError, match=name) as told:
        unpacked(b"", packing, ROOM)
    assert "tegata[kafka]" in " ".join(told.value.parts("en"))
