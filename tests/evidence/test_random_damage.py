"""Random damage to the log of a node, in its database and in its files: all of it is found, and named by its place.

make soak-log DAMAGES=10000
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest

from tegata.evidence import LogReport
from tegata.log import endorse
from tegata.model.base import sha256
from tegata.store import witnesses
from tests.evidence.logs import KEYS, open_log

SIZE = 600  # two full tiles, one that is not, and a level above them
DAMAGES = int(os.environ.get("DAMAGES", "10000"))


class Struck(NamedTuple):
    """What was damaged, and what the audit must name: copy, level, index."""

    how: str
    expected: set[tuple[str, int, int]]


class Victim:
    """A log at rest, and copies of it that can be damaged."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.sound = folder / "sound"
        self.folder = folder / "struck"
        self.dice = dice

    async def make(self) -> None:
        async with open_log(self.sound) as log:
            await log.add(SIZE)
            note = endorse(KEYS.did, KEYS.first, KEYS.second.raw)
            await log.store.write(
                lambda tx: witnesses.put_endorsement(tx, sha256(note.encode()), KEYS.did, KEYS.did, note)
            )
            await log.publisher.publish()

    def strike(self) -> Struck:
        """One random damage to a fresh copy."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.sound, self.folder)
        return self.dice.choice(STRIKES)(self)

    async def audit(self, folder: Path | None = None) -> LogReport:
        async with open_log(folder or self.folder) as log:
            return await log.report()

    def sql(self, text: str, *values: apsw.SQLiteValue) -> list[tuple[apsw.SQLiteValue, ...]]:
        database = apsw.Connection(str(self.folder / "state/state.sqlite3"))
        try:
            return list(database.execute(text, values))
        finally:
            database.close()

    def index(self) -> int:
        return self.dice.randrange(SIZE)

    def file(self, pattern: str) -> Path:
        return self.dice.choice(sorted(file for file in (self.folder / "log").glob(pattern) if file.is_file()))

    def flipped(self, data: bytes) -> bytes:
        changed = bytearray(data)
        changed[self.dice.randrange(len(changed))] ^= 1 << self.dice.randrange(8)
        return bytes(changed)


def _entry_flipped(victim: Victim) -> Struck:
    index = victim.index()
    ((data,),) = victim.sql("SELECT data FROM log_entries WHERE idx = ?", index)
    victim.sql("UPDATE log_entries SET data = ? WHERE idx = ?", victim.flipped(bytes(data)), index)  # type: ignore[arg-type]
    return Struck(f"entry {index} flipped", {("entries", 0, index)})


def _entry_gone(victim: Victim) -> Struck:
    index = victim.index()
    victim.sql("DELETE FROM log_entries WHERE idx = ?", index)
    return Struck(f"entry {index} gone", {("entries", 0, index)})


def _entries_cut(victim: Victim) -> Struck:
    index = victim.index()
    victim.sql("DELETE FROM log_entries WHERE idx >= ?", index)
    return Struck(f"entries cut at {index}", {("entries", 0, lost) for lost in range(index, SIZE)})


def _entries_swapped(victim: Victim) -> Struck:
    one, two = sorted(victim.dice.sample(range(SIZE), 2))
    for a, b in ((one, -1), (two, one), (-1, two)):
        victim.sql("UPDATE log_entries SET idx = ? WHERE idx = ?", b, a)
    return Struck(f"entries {one} and {two} swapped", {("entries", 0, one), ("entries", 0, two)})


def _node(victim: Victim) -> tuple[int, int, bytes]:
    rows = victim.sql("SELECT level, idx, hash FROM log_nodes ORDER BY level, idx")
    level, index, hash_ = victim.dice.choice(rows)
    return int(level), int(index), bytes(hash_)  # type: ignore[arg-type]


def _node_flipped(victim: Victim) -> Struck:
    level, index, hash_ = _node(victim)
    victim.sql("UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", victim.flipped(hash_), level, index)
    return Struck(f"hash {level}/{index} flipped", {("hashes", level, index)})


def _node_gone(victim: Victim) -> Struck:
    level, index, _ = _node(victim)
    victim.sql("DELETE FROM log_nodes WHERE level = ? AND idx = ?", level, index)
    return Struck(f"hash {level}/{index} gone", {("hashes", level, index)})


def _covered(victim: Victim, file: Path) -> set[tuple[str, int, int]]:
    """Every position that a tile or bundle holds."""
    parts = file.relative_to(victim.folder / "log" / "tile").parts
    bundle, level = parts[0] == "entries", 0 if parts[0] == "entries" else int(parts[0]) * 8
    first = int(parts[1].removesuffix(".p")) * 256
    width = int(parts[2]) if len(parts) > 2 else 256
    return {("bundles" if bundle else "tiles", level, index) for index in range(first, first + width)}


def _tile_flipped(victim: Victim) -> Struck:
    file = victim.file("tile/[0-9]/**/*")
    data = file.read_bytes()
    changed = victim.flipped(data)
    at = next(i for i in range(len(data)) if data[i] != changed[i]) // 32
    file.write_bytes(changed)
    return Struck(f"{file} flipped", {sorted(_covered(victim, file))[at]})


def _file_gone(victim: Victim) -> Struck:
    file = victim.file("tile/**/*")
    expected = _covered(victim, file)
    file.unlink()
    return Struck(f"{file} gone", expected)


def _file_cut(victim: Victim) -> Struck:
    file = victim.file("tile/**/*")
    data = file.read_bytes()
    file.write_bytes(data[: victim.dice.randrange(len(data))])
    return Struck(f"{file} cut", _covered(victim, file))


def _file_longer(victim: Victim) -> Struck:
    file = victim.file("tile/**/*")
    file.write_bytes(file.read_bytes() + victim.dice.randbytes(victim.dice.randrange(1, 40)))
    return Struck(f"{file} longer", _covered(victim, file))


def _leaf_flipped(victim: Victim) -> Struck:
    """A bit inside a leaf; not of a length, which would shift all that follow."""
    file = victim.file("tile/entries/**/*")
    data, places = bytearray(file.read_bytes()), sorted(_covered(victim, file))
    at = victim.dice.randrange(len(places))
    data[at * 88 + 2 + victim.dice.randrange(86)] ^= 1 << victim.dice.randrange(8)
    file.write_bytes(data)
    return Struck(f"{file} leaf {at} flipped", {places[at]})


def _checkpoint_flipped(victim: Victim) -> Struck:
    file = victim.folder / "log/checkpoint"
    file.write_bytes(victim.flipped(file.read_bytes()))
    return Struck("checkpoint file flipped", {("the published checkpoint", 0, 0)})


def _note_changed(victim: Victim) -> Struck:
    ((note,),) = victim.sql("SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1")
    victim.sql("UPDATE log_checkpoints SET note = ?", str(note).replace(str(SIZE), str(SIZE - 1)))
    return Struck("stored checkpoint changed", {("the latest checkpoint", 0, 0)})


STRIKES: list[Callable[[Victim], Struck]] = [
    _entry_flipped,
    _entry_gone,
    _entries_cut,
    _entries_swapped,
    _node_flipped,
    _node_gone,
    _tile_flipped,
    _leaf_flipped,
    _file_gone,
    _file_cut,
    _file_longer,
    _checkpoint_flipped,
    _note_changed,
]


async def _try(folder: Path, dice: random.Random, number: int) -> None:
    victim = Victim(folder, dice)
    await victim.make()
    assert (await victim.audit(victim.sound)).damages == ()
    for _ in range(number):
        struck = victim.strike()
        found = {(one.copy, one.level, one.index) for one in (await victim.audit()).damages}
        assert found == struck.expected, struck.how


async def test_random_damage_is_found_and_named(tmp_path: Path) -> None:
    await _try(tmp_path, random.Random(20261125), 60)


@pytest.mark.soak
async def test_random_damage_in_great_number_is_found_and_named(tmp_path: Path) -> None:
    seed = random.randrange(sys.maxsize)
    print(f"seed {seed}, {DAMAGES} damages")
    await _try(tmp_path, random.Random(seed), DAMAGES)
