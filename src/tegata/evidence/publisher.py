"""Publishing: at most a second after an entry, a signed checkpoint covers it and the tiles are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Final

import structlog

from tegata.evidence.folder import CHECKPOINT, TileFolder
from tegata.evidence.log import EvidenceLog, damaged
from tegata.log import TILE_HEIGHT, TILE_WIDTH, Tile, commitment, encode_bundle, entries_path, tiles_between
from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.model.evidence import Checkpoint
from tegata.store import Store, Transaction
from tegata.store import log as rows
from tegata.trust import PublicKey

PERIOD_SECONDS: Final = 1.0
_AT_ONCE: Final = 64  # tiles; bounds memory while a long log is written out for the first time
_log = structlog.get_logger("tegata.log")


class Publisher:
    """Writes the tree out as files. The checkpoint comes last, so that it never promises what is not there."""

    def __init__(self, store: Store, evidence: EvidenceLog, key: PublicKey, folder: TileFolder) -> None:
        self._store = store
        self._evidence = evidence
        self._key = key
        self._folder = folder
        self._published: Checkpoint | None = None  # as it was last written out

    async def run(self) -> None:
        """Publish every second, for ever. Trouble with the disk is told and tried again."""
        while True:
            try:
                await self.publish()
            except StoreError as error:
                _log.error("log.not_published", why=str(error))
            await asyncio.sleep(PERIOD_SECONDS)

    async def publish(self) -> None:
        """Bring the files up to the log as it stands. StoreError when that cannot be done now."""
        if self._published is None:
            self._published = await asyncio.to_thread(self._folder.published, self._key)
        newest = await self._store.read(self._evidence.signed)
        if newest is None:
            newest = await self._store.write(self._evidence.checkpoint)
        if newest == self._published:
            return
        tiles = tiles_between(self._published.size if self._published else 0, newest.size)
        while batch := list(islice(tiles, _AT_ONCE)):
            files = await self._store.read(partial(_files, tiles=batch))
            await asyncio.to_thread(self._put, batch, files)
        await asyncio.to_thread(self._folder.put, {CHECKPOINT: newest.note.encode()})
        self._published = newest

    def _put(self, tiles: Sequence[Tile], files: dict[str, bytes]) -> None:
        self._folder.put(files)
        for tile in tiles:
            if tile.width == TILE_WIDTH:
                self._folder.drop_partial(tile.path)
                if tile.level == 0:
                    self._folder.drop_partial(entries_path(tile.index))


def _files(tx: Transaction, tiles: Sequence[Tile]) -> dict[str, bytes]:
    """Tiles, and at the level of the leaves bundles, by path."""
    files = {}
    for tile in tiles:
        first = tile.index * TILE_WIDTH
        files[tile.path] = b"".join(_whole(rows.nodes(tx, tile.level * TILE_HEIGHT, first, tile.width), first))
        if tile.level == 0:
            entries = _whole(rows.entries(tx, first, tile.width), first)
            files[entries_path(tile.index, tile.width)] = encode_bundle(commitment(entry) for entry in entries)
    return files


def _whole(found: Sequence[bytes | None], first: int) -> list[bytes]:
    whole = [value for value in found if value is not None]
    if len(whole) < len(found):
        raise damaged(t(f"something is missing near entry {first}", f"エントリー {first} の付近に欠けがあります"))
    return whole
