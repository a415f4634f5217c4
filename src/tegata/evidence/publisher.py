"""Publishing: at most a second after an entry, a signed checkpoint covers it and the tiles are on disk."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Final

import structlog

from tegata.clock import Clock
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.folder import CHECKPOINT, KEYS, ROLLS, TileFolder
from tegata.evidence.growth import Growth
from tegata.evidence.log import EvidenceLog, damaged
from tegata.log import (
    TILE_HEIGHT,
    TILE_WIDTH,
    SignatureLine,
    Tile,
    commitment,
    cosigners,
    encode_bundle,
    entries_path,
    tiles_between,
    with_signatures,
)
from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.model.evidence import Checkpoint
from tegata.store import Store, Transaction
from tegata.store import log as rows

_AT_ONCE: Final = 64  # tiles; bounds memory while a long log is written out for the first time
_log = structlog.get_logger("tegata.log")


class Publisher:
    """Writes the tree out as files. The checkpoint comes last, so that it never promises what is not there.

    What is published is signed with ML-DSA-44 too: twice a second at most, since such a signature costs twenty times
    the other and is forty times its size. Passports do without.
    """

    def __init__(self, store: Store, evidence: EvidenceLog, keys: LogKeys, clock: Clock, folder: TileFolder) -> None:
        self._store = store
        self._evidence = evidence
        self._keys = keys
        self._clock = clock
        self._folder = folder
        self._growth = Growth(store, evidence)
        self._endorsed = False
        self._published: Checkpoint | None = None  # as it was last written out

    async def run(self) -> None:
        """Publish what is new, twice a second at most, for ever. Trouble with the disk is told and tried again."""
        self._growth.listen()
        while True:
            again = None
            try:
                await self.endorse()
                await self.publish()
            except StoreError as error:
                _log.error("log.not_published", why=str(error))
                again = dt.timedelta()
            await self._growth.wait(again)

    async def endorse(self) -> None:
        """Record and publish what makes the keys ones of this log, once. StoreError."""
        if self._endorsed:
            return
        note = await self._store.write(lambda tx: self._keys.endorse(tx, self._evidence, self._clock.now()))
        rolls = "".join(self._keys.first.history.notes)
        wanted = {name: text.encode() for name, text in ((ROLLS, rolls), (KEYS, note)) if text}
        stale = {name: data for name, data in wanted.items() if self._folder.fetch(name) != data}
        await asyncio.to_thread(self._folder.put, stale)
        self._endorsed = True

    async def publish(self) -> None:
        """Bring the files up to the log as it stands. StoreError when that cannot be done now."""
        if self._published is None:
            self._published = await asyncio.to_thread(self._folder.published, self._keys.first.history)
        newest = await self._newest()
        if newest == self._published:
            return
        tiles = tiles_between(self._published.size if self._published else 0, newest.size)
        while batch := list(islice(tiles, _AT_ONCE)):
            files = await self._store.read(partial(_files, tiles=batch))
            await asyncio.to_thread(self._put, batch, files)
        await asyncio.to_thread(self._folder.put, {CHECKPOINT: newest.note.encode()})
        self._published = newest

    async def _newest(self) -> Checkpoint:
        """The log as it stands, signed by both keys."""
        newest = await self._store.read(self._evidence.signed)
        if newest is None:
            newest = await self._store.write(self._evidence.checkpoint)
        if cosigners(newest.note, {self._keys.did: self._keys.second.public}):
            return newest
        line = await asyncio.to_thread(self._keys.seconded, newest.note, self._clock.now())
        return await self._store.write(partial(_with_line, newest=newest, line=line, keys=self._keys))

    def _put(self, tiles: Sequence[Tile], files: dict[str, bytes]) -> None:
        self._folder.put(files)
        for tile in tiles:
            if tile.width == TILE_WIDTH:
                self._folder.drop_partial(tile.path)
                if tile.level == 0:
                    self._folder.drop_partial(entries_path(tile.index))


def _with_line(tx: Transaction, *, newest: Checkpoint, line: SignatureLine, keys: LogKeys) -> Checkpoint:
    note = with_signatures(rows.checkpoint_at(tx, newest.size) or newest.note, [line])
    rows.put_checkpoint(tx, newest.size, note)
    return keys.first.history.open(note)


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
