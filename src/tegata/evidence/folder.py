"""The second copy of the tree, which everybody may read: tiles, bundles and checkpoint as files (C2SP tlog-tiles)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tegata import durable
from tegata.log import TILE_HEIGHT, TILE_WIDTH, Copy, decode_bundle, entries_path, leaf_hash, tile_of
from tegata.log.damage import Hashes
from tegata.model.base import t
from tegata.model.errors import StoreError, VerificationError, is_full, why_of
from tegata.model.evidence import Checkpoint
from tegata.trust import KeyHistory

CHECKPOINT: Final = "checkpoint"
KEYS: Final = "keys"
"""The endorsement of the second key that signs checkpoints."""
ROLLS: Final = "rolls"
"""The rolls of its key, one after the other; absent where it was never handed on."""
AHEAD: Final = "ahead"
"""A checkpoint of ours that a witness has shown, and that the state did not know."""
_HASH: Final = 32


class TileFolder:
    """Files below one folder, best on another disk than the state. Each is whole and durable, or it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoint(self) -> str | None:
        """The signed note of what is published; None before the first. StoreError when it cannot be read."""
        try:
            return (self.folder / CHECKPOINT).read_bytes().decode("utf-8", "replace")  # then its signature fails
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.folder, error) from error

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

    def put(self, files: Mapping[str, bytes]) -> None:
        """Makes these files durable, in order. A file that is there already is replaced by equal bytes.

        Raises StoreError.
        """
        try:
            for path, data in files.items():
                file = self.folder / path
                durable.make_folder(file.parent)
                durable.replace(file, data)
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def drop_partial(self, path: str) -> None:
        """Removes the unfinished forms of a tile that is full now: nobody needs them any more."""
        shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)

    def fetch(self, path: str) -> bytes:
        """The bytes of a tile or bundle, empty where there are none."""
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            return b""

    def copies(self, size: int) -> tuple[Copy, Copy]:
        """Tiles and bundles of the first `size` entries as two copies of the tree's hashes."""
        return (
            Copy("tiles", lambda *asked: self._tile(size, *asked), lambda level: level % TILE_HEIGHT == 0, size),
            Copy("bundles", lambda _, *asked: self._bundle(size, *asked), lambda level: level == 0, size),
        )

    def leaves(self, size: int, index: int) -> list[bytes] | None:
        """The leaves in bundle `index` of a log of `size` entries; None where the file is not such a bundle."""
        width = tile_of(0, index, size).width
        try:
            leaves = decode_bundle(self.fetch(entries_path(index, width)))
        except VerificationError:
            return None
        return leaves if len(leaves) == width else None

    def _tile(self, size: int, level: int, first: int, count: int) -> Hashes:
        tile = tile_of(level // TILE_HEIGHT, first // TILE_WIDTH, size)
        data = self.fetch(tile.path)
        if len(data) != tile.width * _HASH:
            return [None] * count
        start = first % TILE_WIDTH
        return [data[i * _HASH : (i + 1) * _HASH] for i in range(start, start + count)]

    def _bundle(self, size: int, first: int, count: int) -> Hashes:
        leaves = self.leaves(size, first // TILE_WIDTH)
        return [None] * count if leaves is None else [leaf_hash(leaf) for leaf in leaves[:count]]


def _unusable(folder: Path, error: OSError) -> StoreError:
    if is_full(error):
        return StoreError(
            t(f"the disk is full: `{folder}`", f"ディスクに空きがありません: `{folder}`"),
            hint=t("free space; the log goes on by itself", "空きを作ると、ログの公開は自動で再開します"),
        )
    return StoreError(
        t(f"the copy of the log in `{folder}` cannot be used", f"`{folder}` のログの写しを利用できません"),
        why=why_of(error),
    )
