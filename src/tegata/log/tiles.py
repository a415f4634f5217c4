"""The log as files: names and contents of tiles and entry bundles (C2SP tlog-tiles)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tegata.log.tree import HashReader, node_hash
from tegata.model.base import t
from tegata.model.errors import UsageError, VerificationError

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
_MAX_ENTRY: Final = 0xFFFF
_HASH: Final = 32


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Path of hash tile `index` at tile level `level` (one tile level is eight tree levels)."""
    return f"tile/{level}/{_numbered(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Path of the bundle of entries `index * 256` onwards."""
    return f"tile/entries/{_numbered(index, width)}"


@dataclass(frozen=True)
class Tile:
    """Tile `index` of a tile level with its first `width` hashes."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        return tile_path(self.level, self.index, self.width)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles that a log of `new` entries has and one of `old` entries had not, leaves first.

    At level 0 they are the entry bundles too.
    """
    level = 0
    while have := new >> level * TILE_HEIGHT:
        had = old >> level * TILE_HEIGHT
        for index in range(had // TILE_WIDTH, -(-have // TILE_WIDTH)):
            width = min(TILE_WIDTH, have - index * TILE_WIDTH)
            if index * TILE_WIDTH + width > had:
                yield Tile(level, index, width)
        level += 1


def filled_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles that are full in a log of `new` entries and were begun, but not full, in one of `old` entries."""
    level = 0
    while had := old >> level * TILE_HEIGHT:
        index, begun = divmod(had, TILE_WIDTH)
        if begun and new >> level * TILE_HEIGHT >= (index + 1) * TILE_WIDTH:
            yield Tile(level, index, TILE_WIDTH)
        level += 1


def tile_of(level: int, index: int, size: int) -> Tile:
    """Tile `index` of a tile level in a log of `size` entries."""
    return Tile(level, index, min(TILE_WIDTH, (size >> level * TILE_HEIGHT) - index * TILE_WIDTH))


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each behind its length in 16 bits. Raises UsageError above 65,535 bytes each."""
    out = bytearray()
    for entry in entries:
        if len(entry) > _MAX_ENTRY:
            raise UsageError(f"an entry of `{len(entry)}` bytes does not fit a bundle")
        out += len(entry).to_bytes(2, "big") + entry
    return bytes(out)


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises VerificationError when the last one is cut off."""
    entries, at = [], 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if at > len(data):
            raise VerificationError(t("an entry bundle is cut off", "エントリー束が途中で切れています"))
        entries.append(data[begin:at])
    return entries


def read_tiles(fetch: Callable[[str], bytes], size: int) -> HashReader:
    """A reader over the tiles of a log of `size` entries; `fetch` gives the bytes at a tile's path.

    The reader raises VerificationError for a tile of the wrong length, LookupError for a subtree beyond `size`.
    """

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        tile, offset = divmod(first, TILE_WIDTH)
        width = min((size >> level - height) - tile * TILE_WIDTH, TILE_WIDTH)
        count = 1 << height
        if offset + count > width:
            raise LookupError((level, index))
        data = fetch(tile_path(tile_level, tile, width))
        if len(data) != width * _HASH:
            raise VerificationError(t("a tile has the wrong length", "タイルの長さが誤っています"))
        return _complete_root([data[i * _HASH : (i + 1) * _HASH] for i in range(offset, offset + count)])

    return read


def _complete_root(hashes: list[bytes]) -> bytes:
    """Root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _numbered(index: int, width: int) -> str:
    """Index in groups of three digits, all but the last marked with x; partial ones carry their width."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"
