"""The evidence log: entries sealed and on disk, one entry verified offline, and a whole log audited from its files.

A log of ENTRIES (an environment variable; 1,000,000 unless it says otherwise) is written out as C2SP tiles and audited
as a stranger does who has only the files; the limit is that of 10,000,000 entries in 60 s, in proportion.
"""

from __future__ import annotations

import asyncio
import bisect
import datetime as dt
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.measure import Figure
from tegata.clock import SystemClock
from tegata.evidence import EvidenceLog, Publisher, TileFolder
from tegata.evidence.endorsements import LogKeys
from tegata.log import (
    Frontier,
    commitment,
    decode_hash,
    encode_bundle,
    entries_path,
    find_damage,
    leaf_hash,
    node_hash,
    open_checkpoint,
    prove_entry,
    read_tiles,
    sign_checkpoint,
    tile_path,
    verify_entry,
)
from tegata.model.base import encode
from tegata.model.evidence import Checkpoint
from tegata.store import Store
from tegata.trust import MlDsaKey, SigningKey

ENTRIES = int(os.environ.get("ENTRIES", "1000000")) // 65536 * 65536  # whole tiles of the second level
KEY = SigningKey.generate(b"k" * 32)
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
BODY = {
    "agreement_digest": "sha256:" + "a" * 64,
    "data_digest": "sha256:" + "b" * 64,
    "data_size": 1,
    "decision_digest": "sha256:" + "c" * 64,
    "recipient": KEY.did,
}
_SEALED = 50_000
_CALLERS = 500


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not /tmp, which may be memory
        wall, cpu, waited = asyncio.run(_seal(Path(folder) / "sealed"))
        size, milliseconds, audit_wall, audit_cpu = _stranger(Path(folder) / "tiles")
    return [
        Figure("an entry sealed, synced and published, wall time", wall * 1e6, 100.0, "us"),
        Figure("the same, processor time", cpu * 1e6, 100.0, "us"),
        Figure("longest time from an entry to a published checkpoint", waited, 1.0, "s"),
        Figure("proof of one entry: size", size, 2048.0, "B"),
        Figure("proof of one entry: verified offline", milliseconds, 5.0, "ms"),
        Figure(f"audit of {ENTRIES:,} entries from their files", audit_wall, 60.0 * ENTRIES / 1e7, "s"),
        Figure("the same, processor time", audit_cpu, 60.0 * ENTRIES / 1e7, "s"),
    ]


class _Watched(TileFolder):
    """Notes when a checkpoint of which size was published."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seen = [(0.0, 0)]

    def put_checkpoint(self, note: str) -> bool:
        done = super().put_checkpoint(note)
        self.seen.append((time.perf_counter(), int(note.split("\n")[1])))
        return done


async def _seal(folder: Path) -> tuple[float, float, float]:
    """Seconds per entry, wall and processor: many callers at once, each acknowledged when its entry is on disk, while
    all is published. And how long the one that waited longest was under no published checkpoint."""
    store, tiles = Store.open(folder / "state"), _Watched(folder / "log")
    evidence, keys = EvidenceLog(KEY, secrets.token_bytes), LogKeys(KEY, MlDsaKey(bytes(32)))
    publisher = Publisher(store, evidence, keys, SystemClock(), tiles)
    durable: dict[int, float] = {}

    async def caller(number: int) -> None:
        for n in range(number, _SEALED, _CALLERS):
            index, _ = await store.write(lambda tx, n=n: evidence.record(tx, "release", f"urn:uuid:{n}", BODY, NOW))  # type: ignore[misc]
            durable[index] = time.perf_counter()

    publishing = asyncio.create_task(publisher.run())
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(caller(number) for number in range(_CALLERS)))
        took = time.perf_counter() - wall, time.process_time() - cpu
        while tiles.seen[-1][1] <= max(durable):
            await asyncio.sleep(0.01)
        return took[0] / _SEALED, took[1] / _SEALED, _longest(durable, tiles.seen)
    finally:
        publishing.cancel()
        store.close()


def _longest(durable: Mapping[int, float], published: Sequence[tuple[float, int]]) -> float:
    """The longest time from an entry to a checkpoint over it."""
    sizes = [size for _, size in published]
    return max(published[bisect.bisect_right(sizes, index)][0] - at for index, at in durable.items())


def _stranger(folder: Path) -> tuple[int, float, float, float]:
    """Bytes and milliseconds of one proof; seconds of the audit of everything, wall and processor time."""
    tiles = TileFolder(folder)
    checkpoint = _written(folder)
    read = read_tiles(tiles.fetch, ENTRIES)
    indexes = [ENTRIES * n // 101 for n in range(1, 100)]
    proofs = [prove_entry(index, checkpoint, read) for index in indexes]
    took = []
    for index, proof in zip(indexes, proofs, strict=True):
        started = time.perf_counter()
        open_checkpoint(proof.checkpoint.note, KEY.public, KEY.did)
        verify_entry(_entry(index), proof)
        took.append(time.perf_counter() - started)
    wall, cpu = time.perf_counter(), time.process_time()
    roots = {"the log": (ENTRIES, decode_hash(checkpoint.root))}
    if list(find_damage(ENTRIES, tiles.copies(ENTRIES), roots)):
        raise SystemExit("the log that was just written is damaged")
    audited = time.perf_counter() - wall, time.process_time() - cpu
    return max(len(encode(proof)) for proof in proofs), statistics.median(took) * 1e3, *audited


def _entry(index: int) -> bytes:
    return b'{"number":%d}' % index


def _written(folder: Path) -> Checkpoint:
    """A long log as files, without the database that it would come from."""
    edge, rows = Frontier(), [list[bytes](), list[bytes](), list[bytes]()]
    for index in range(ENTRIES // 256):
        leaves = [commitment(_entry(n)) for n in range(index * 256, index * 256 + 256)]
        _put(folder / entries_path(index), encode_bundle(leaves))
        rows[0] = [leaf_hash(leaf) for leaf in leaves]
        for level in range(3):
            if len(rows[level]) < 256:
                break
            row = rows[level]
            _put(folder / tile_path(level, index >> 8 * level), b"".join(row))
            while len(row) > 1:
                row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
            rows[level] = []
            if level == 0:
                edge.add(8, index, row[0])
            if level < 2:
                rows[level + 1].append(row[0])
    _put(folder / tile_path(2, 0, len(rows[2])), b"".join(rows[2]))
    return sign_checkpoint(KEY.did, ENTRIES, edge.root(), KEY)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
