"""Publishing: at most a second after an entry, a signed checkpoint covers it and the tiles are on disk."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Final

import structlog
from msgspec.structs import replace

from tegata.clock import Clock
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.growth import Growth
from tegata.evidence.lag import LATE, Lag, Reach, lag
from tegata.evidence.log import EvidenceLog, damaged
from tegata.evidence.published import KEYS, ROLLS, PublishedLog
from tegata.log import (
    TILE_HEIGHT,
    TILE_WIDTH,
    SignatureLine,
    Tile,
    commitment,
    cosigners,
    encode_bundle,
    entries_path,
    filled_between,
    tiles_between,
    with_signatures,
)
from tegata.model.base import t
from tegata.model.errors import StoreError, VerificationError
from tegata.model.evidence import Checkpoint
from tegata.store import Store, Transaction, publications
from tegata.store import log as rows
from tegata.store.publications import Publication

_AT_ONCE: Final = 64  # tiles; bounds memory while a long log is written out for the first time
_SOON: Final = dt.timedelta(seconds=1)
_LONGEST: Final = dt.timedelta(seconds=15)
_log = structlog.get_logger("tegata.log")


class Publisher:
    """Writes the tree out as files. The checkpoint comes last, so that it never promises what is not there; and the
    state keeps how far it came, so that a copy that was put back to an earlier one is noticed.

    What is published is signed with ML-DSA-44 too: twice a second at most, since such a signature costs twenty times
    the other and is forty times its size. Passports do without.
    """

    def __init__(
        self,
        store: Store,
        evidence: EvidenceLog,
        keys: LogKeys,
        clock: Clock,
        tiles: PublishedLog,
        *,
        late: dt.timedelta = LATE,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._keys = keys
        self._clock = clock
        self._tiles = tiles
        self._late = late
        self._growth = Growth(store, evidence)
        self._endorsed = False
        self._published: Checkpoint | None = None  # as it was last read or written there

    async def run(self) -> None:
        """Publish what is new, twice a second at most, for ever. Trouble with the place is told and tried again."""
        self._growth.listen()
        while True:
            again = None
            try:
                await self.endorse()
                await self.publish()
            except (StoreError, VerificationError) as error:
                _log.error("log.not_published", place=self._tiles.address, why=str(error))
                again = await self._postponed(str(error))
            await self._growth.wait(again)

    def lags(self, tx: Transaction) -> list[Lag]:
        """How far the copy is behind."""
        one = publications.of_place(tx, self._tiles.address)
        at = one.published_at if one.size else None
        known = Reach(
            kind="publication", name=one.place, reached=one.size, reached_at=at, attempts=one.attempts, why=one.why
        )
        return [lag(tx, known, self._clock.now(), self._late)]

    async def endorse(self) -> None:
        """Record and publish what makes the keys ones of this log, once. StoreError."""
        if self._endorsed:
            return
        note = await self._store.write(lambda tx: self._keys.endorse(tx, self._evidence, self._clock.now()))
        rolls = "".join(self._keys.first.history.notes)
        wanted = {name: text.encode() for name, text in ((ROLLS, rolls), (KEYS, note)) if text}
        await asyncio.to_thread(self._renew, wanted)
        self._endorsed = True

    async def publish(self) -> None:
        """Bring the files up to the log as it stands.

        Raises StoreError when that cannot be done now, VerificationError when the checkpoint there is not ours.
        """
        while not await self._caught_up():
            self._published = None  # another writer was faster, and may have come further

    async def _caught_up(self) -> bool:
        """Publish what is new. False where another writer replaced the checkpoint meanwhile."""
        if self._published is None:
            self._published = await self._look()
        newest, there = await self._newest(), self._published
        if newest == there:
            return True
        if there is not None and there.size > newest.size:
            raise _ahead(self._tiles.address, there.size, newest.size)
        wanted = tiles_between(there.size if there else 0, newest.size)
        while batch := list(islice(wanted, _AT_ONCE)):
            files = await self._store.read(partial(_files, tiles=batch))
            await asyncio.to_thread(self._tiles.put, files)
        if not await asyncio.to_thread(self._tiles.put_checkpoint, newest.note):
            return False
        await asyncio.to_thread(self._drop_partials, there.size if there else 0, newest.size)
        self._published = newest
        await self._store.write(partial(self._came_to, size=newest.size))
        return True

    async def _look(self) -> Checkpoint | None:
        """What lies there; told where it is less than what was laid there once."""
        there = await asyncio.to_thread(self._tiles.published, self._keys.first.history)
        known = await self._store.read(lambda tx: publications.of_place(tx, self._tiles.address))
        found = there.size if there else 0
        if found < known.size:
            _log.error("log.copy_rolled_back", place=self._tiles.address, published=known.size, found=found)
        return there

    async def _newest(self) -> Checkpoint:
        """The log as it stands, signed by both keys."""
        newest = await self._store.read(self._evidence.signed)
        if newest is None:
            newest = await self._store.write(self._evidence.checkpoint)
        if cosigners(newest.note, {self._keys.did: self._keys.second.public}):
            return newest
        line = await asyncio.to_thread(self._keys.seconded, newest.note, self._clock.now())
        return await self._store.write(partial(_with_line, newest=newest, line=line, keys=self._keys))

    def _renew(self, wanted: dict[str, bytes]) -> None:
        self._tiles.put({name: data for name, data in wanted.items() if self._tiles.fetch(name) != data})

    def _drop_partials(self, old: int, new: int) -> None:
        for tile in filled_between(old, new):
            self._tiles.drop_partial(tile.path)
            if tile.level == 0:
                self._tiles.drop_partial(entries_path(tile.index))

    def _came_to(self, tx: Transaction, size: int) -> None:
        before = publications.of_place(tx, self._tiles.address)
        if size > before.size or before.attempts:
            at = self._clock.now()
            publications.put(tx, Publication(place=before.place, size=max(size, before.size), published_at=at))

    async def _postponed(self, why: str) -> dt.timedelta:
        """Keep that it was in vain, where that can be kept; when to try again, though the log does not grow."""

        def work(tx: Transaction) -> int:
            before = publications.of_place(tx, self._tiles.address)
            publications.put(tx, replace(before, attempts=before.attempts + 1, why=why))
            return before.attempts

        attempts = 0
        with contextlib.suppress(StoreError):
            attempts = await self._store.write(work)
        return min(_SOON * (1 << min(attempts, 10)), _LONGEST)


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


def _ahead(place: str, there: int, size: int) -> StoreError:
    return StoreError(
        t(
            f"`{place}` holds {there} entries of this log, of which the state has {size}",
            f"`{place}` にはこのログの {there} 件がありますが、状態には {size} 件しかありません",
        ),
        hint=t("see `tegata node log resolve`", "`tegata node log resolve` で対処してください"),
    )
