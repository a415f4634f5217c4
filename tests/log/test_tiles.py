"""Tiles and bundles: a log that another program wrote, and our own against the store that it came from."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.evidence import TileFolder
from tegata.log import (
    TILE_WIDTH,
    consistency_proof,
    decode_bundle,
    encode_bundle,
    entries_path,
    find_damage,
    inclusion_proof,
    leaf_hash,
    open_checkpoint,
    read_tiles,
    root,
    tile_path,
    tiles_between,
    verify_consistency,
    verify_inclusion,
)
from tegata.model.errors import UsageError, VerificationError
from tegata.trust import PublicKey
from tests.log.memory import MemoryLog, numbered
from tests.shared_data import shared_data

ORIGIN = "example.com/log/testdata"
KEY = PublicKey(base64.b64decode("AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")[1:])  # type byte, then the key


def _folder() -> Path:
    return shared_data("tlog") / "log"


@pytest.mark.parametrize("size", range(16))
def test_a_log_of_another_writer_holds_at_each_size(size: int) -> None:
    folder = _folder()
    checkpoint = open_checkpoint((folder / f"checkpoint.{size}").read_text(), KEY, ORIGIN)
    assert checkpoint.size == size
    read = read_tiles(lambda path: (folder / path).read_bytes(), size)
    entries = decode_bundle((folder / entries_path(0, size)).read_bytes()) if size else []
    signed = {"the log": (size, base64.b64decode(checkpoint.root))}
    assert list(find_damage(size, TileFolder(folder).copies(size), signed)) == []
    assert base64.b64encode(root(size, read)).decode() == checkpoint.root
    for index in range(size):
        proof = inclusion_proof(index, size, read)
        verify_inclusion(leaf_hash(entries[index]), proof, root(size, read), index=index, size=size)
    assert encode_bundle(entries) == ((folder / entries_path(0, size)).read_bytes() if size else b"")


def test_its_105_pairs_of_sizes_are_consistent() -> None:
    folder = _folder()
    read = read_tiles(lambda path: (folder / path).read_bytes(), 15)
    roots = [
        base64.b64decode(open_checkpoint((folder / f"checkpoint.{size}").read_text(), KEY, ORIGIN).root)
        for size in range(16)
    ]
    pairs = [(old, new) for new in range(1, 16) for old in range(1, new)]
    assert len(pairs) == 105
    for old, new in pairs:
        verify_consistency(roots[old], roots[new], consistency_proof(old, new, read), old=old, new=new)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_tiles_give_the_hashes_of_the_store(size: int) -> None:
    log = MemoryLog(numbered(size))
    tiles = {
        tile_path(level, index, width): b"".join(
            log.nodes[8 * level, index * TILE_WIDTH + offset] for offset in range(width)
        )
        for level, count in ((0, size), (1, size // TILE_WIDTH))
        for index in range(-(-count // TILE_WIDTH))
        for width in [min(count - index * TILE_WIDTH, TILE_WIDTH)]
    }
    read = read_tiles(tiles.__getitem__, size)
    assert {place: read(*place) for place in log.nodes} == log.nodes
    with pytest.raises(LookupError):
        read(0, size)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_a_log_that_grew_has_to_write_is_all_that_it_lacks(a: int, b: int) -> None:
    old, new = sorted((a, b))
    written = {tile.path for tile in tiles_between(0, old)} | {tile.path for tile in tiles_between(old, new)}
    assert {tile.path for tile in tiles_between(0, new)} <= written
    assert not {tile.path for tile in tiles_between(0, old)} & {tile.path for tile in tiles_between(old, new)}


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    widths = [(tile.level, tile.width) for tile in tiles_between(0, 70_000)]
    assert widths.count((0, 256)) == 273
    assert widths[273:] == [(0, 112), (1, 256), (1, 17), (2, 1)]


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(VerificationError):
        read_tiles(lambda path: bytes(31), 1)(0, 0)


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(3, 1234067) == "tile/3/x001/x234/067"  # the example of C2SP tlog-tiles
    assert tile_path(1, 1, 17) == "tile/1/001.p/17"
    assert entries_path(1000) == "tile/entries/x001/000"
    assert entries_path(273, 112) == "tile/entries/273.p/112"


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_come_back_whole_and_never_cut(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data) == entries
    if entries:
        with pytest.raises(VerificationError):
            decode_bundle(data[:-1])


def test_an_entry_may_have_65535_bytes_and_no_more() -> None:
    assert decode_bundle(encode_bundle([bytes(65535)])) == [bytes(65535)]
    with pytest.raises(UsageError):
        encode_bundle([bytes(65536)])
