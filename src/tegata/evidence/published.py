"""The second copy of the tree, which everybody may read: tiles, bundles and checkpoint as files (C2SP tlog-tiles).

What is the same wherever they lie; `folder` and `bucket` are the places.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

from tegata.log import TILE_HEIGHT, TILE_WIDTH, Copy, decode_bundle, entries_path, leaf_hash, tile_of
from tegata.log.damage import Hashes
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint
from tegata.trust import KeyHistory

CHECKPOINT: Final = "checkpoint"
KEYS: Final = "keys"
"""The endorsement of the second key that signs checkpoints."""
ROLLS: Final = "rolls"
"""The rolls of its key, one after the other; absent where it was never handed on."""
AHEAD: Final = "ahead"
"""A checkpoint of ours that a witness has shown, and that the state did not know."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_A_MOMENT: Final = "public, max-age=1"
_HASH: Final = 32


def headers_of(path: str) -> dict[str, str]:
    """How a file is served: the checkpoint may be a second old, and so may what tells its keys; tiles never change."""
    if path.startswith("tile/"):
        return {"Content-Type": "application/octet-stream", "Cache-Control": _FOR_EVER}
    return {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _A_MOMENT}


class PublishedLog(ABC):
    """Files below one place, best not on the disk of the state. Each is whole and durable, or it is not there.

    Args:
        address: what people call the place.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    @abstractmethod
    def checkpoint(self) -> str | None:
        """The signed note of what is published; None before the first. StoreError when it cannot be read."""

    @abstractmethod
    def fetch(self, path: str) -> bytes:
        """The bytes of a file, empty where there are none. StoreError when nobody can tell."""

    @abstractmethod
    def put(self, files: Mapping[str, bytes]) -> None:
        """Makes these files durable, all of them before it returns. A file that is there already is replaced by equal
        bytes. StoreError.
        """

    @abstractmethod
    def put_checkpoint(self, note: str) -> bool:
        """Replaces the checkpoint by this one. False, and nothing is done, where another writer has replaced it since
        it was last read here. StoreError.
        """

    @abstractmethod
    def remove_checkpoint(self) -> None:
        """The place is then one where nothing was published yet. StoreError."""

    @abstractmethod
    def drop_partial(self, path: str) -> None:
        """Removes the unfinished forms of a tile that is full now: nobody needs them any more."""

    def published(self, keys: KeyHistory) -> Checkpoint | None:
        """The checkpoint under which the files stand, None before the first.

        Raises:
            VerificationError: it is not one of the log of this key.
            StoreError: it cannot be read.
        """
        note = self.checkpoint()
        return keys.open(note) if note is not None else None

    def ahead(self, keys: KeyHistory) -> Checkpoint | None:
        """The checkpoint that a witness has shown, None when there is none. Raises as `published` does."""
        note = self.fetch(AHEAD).decode("utf-8", "replace")
        return keys.open(note) if note else None

    def copies(self, size: int) -> tuple[Copy, Copy]:
        """Tiles and bundles of the first `size` entries as two copies of the tree's hashes, to be read in order."""
        fetch = self._in_order(size)
        return (
            Copy("tiles", lambda *asked: _tile(fetch, size, *asked), lambda level: level % TILE_HEIGHT == 0, size),
            Copy("bundles", lambda _, *asked: _bundle(fetch, size, *asked), lambda level: level == 0, size),
        )

    def leaves(self, size: int, index: int) -> list[bytes] | None:
        """The leaves in bundle `index` of a log of `size` entries; None where the file is not such a bundle."""
        return _leaves(self.fetch, size, index)

    def _in_order(self, size: int) -> Callable[[str], bytes]:  # noqa: ARG002 - who reads ahead needs it
        """`fetch` for a reader that goes through tiles and bundles of a log of `size` entries from the first on."""
        return self.fetch


def _leaves(fetch: Callable[[str], bytes], size: int, index: int) -> list[bytes] | None:
    width = tile_of(0, index, size).width
    try:
        leaves = decode_bundle(fetch(entries_path(index, width)))
    except VerificationError:
        return None
    return leaves if len(leaves) == width else None


def _tile(fetch: Callable[[str], bytes], size: int, level: int, first: int, count: int) -> Hashes:
    tile = tile_of(level // TILE_HEIGHT, first // TILE_WIDTH, size)
    data = fetch(tile.path)
    if len(data) != tile.width * _HASH:
        return [None] * count
    start = first % TILE_WIDTH
    return [data[i * _HASH : (i + 1) * _HASH] for i in range(start, start + count)]


def _bundle(fetch: Callable[[str], bytes], size: int, first: int, count: int) -> Hashes:
    leaves = _leaves(fetch, size, first // TILE_WIDTH)
    return [None] * count if leaves is None else [leaf_hash(leaf) for leaf in leaves[:count]]
