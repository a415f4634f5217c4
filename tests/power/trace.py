"""What a process did to its files (`record.c`), and the states in which a power cut may leave them.

What a file was synced with stays. Of what was written behind its last sync, each sector of 512 bytes may be there or
not, in any order. Names are made durable by a sync of their folder only, which POSIX promises and no more; of those
behind it any number stay, in the order in which they were made.
"""

from __future__ import annotations

import enum
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

SECTOR: Final = 512
_HEAD: Final = struct.Struct("=BQqIHH")


class What(enum.IntEnum):
    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    RENAME = 5
    UNLINK = 6
    MKDIR = 7
    RMDIR = 8


NAMES: Final = (What.CREATE, What.RENAME, What.UNLINK, What.MKDIR, What.RMDIR)


class Step(NamedTuple):
    """One call. `path` and `other` are below the root; `inode` is unique in the trace, 0 where names alone matter."""

    what: What
    inode: int
    at: int
    path: str
    other: str
    data: bytes


def read_trace(file: Path, root: Path) -> list[Step]:
    """The steps in their order. A number of a file that is used again stands for another file."""
    data, place, steps, lives = file.read_bytes(), 0, list[Step](), dict[int, int]()
    while place < len(data):
        what, inode, at, size, *lengths = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        texts = []
        for length in lengths:
            texts.append(data[place : place + length].decode())
            place += length
        lives[inode] = lives.get(inode, 0) + (what == What.CREATE)
        path, other = (str(Path(text).relative_to(root)) if text else "" for text in texts)
        steps.append(Step(What(what), lives[inode] << 64 | inode, at, path, other, data[place : place + size]))
        place += size
    return steps


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        for step in self.pending:
            _apply(self.durable, step)
        self.pending.clear()

    def cut(self, dice: random.Random) -> bytes:
        """What a power cut leaves of it."""
        content, luck = bytearray(self.durable), dice.random()
        for step in self.pending:
            for part in _sectors(step):
                if dice.random() < luck:
                    _apply(content, part)
        return bytes(content)


def _sectors(step: Step) -> Iterator[Step]:
    if step.what is What.TRUNCATE:
        yield step
        return
    start, end = step.at, step.at + len(step.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield step._replace(at=start, data=step.data[start - step.at : stop - step.at])
        start = stop


def _apply(content: bytearray, step: Step) -> None:
    if step.what is What.TRUNCATE:
        del content[step.at :]
        content.extend(bytes(step.at - len(content)))
    else:
        content.extend(bytes(max(0, step.at - len(content))))
        content[step.at : step.at + len(step.data)] = step.data


Names = dict[str, int | None]
"""By path: the number of a file, None for a folder."""


class Disk:
    """Files and names as far as a trace has led, those that are durable and those that are not."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._names: Names = {}
        self._pending: dict[str, list[Step]] = {}

    def take(self, step: Step) -> None:
        if step.what in NAMES:
            self._pending.setdefault(str(Path(step.path).parent), []).append(step)
        elif step.what is not What.SYNC:
            self._files.setdefault(step.inode, _File()).pending.append(step)
        elif step.inode in self._files:
            self._files[step.inode].sync()
        else:
            for name in self._pending.pop(step.path, ()):
                _rename(self._names, name)

    def cut(self, dice: random.Random) -> dict[str, bytes | None]:
        """Contents by path after a power cut now; None for a folder. What lies in no folder is gone."""
        names = dict(self._names)
        for pending in self._pending.values():
            for step in pending[: dice.randint(0, len(pending))]:
                _rename(names, step)
        folders = {path for path, inode in names.items() if inode is None} | {"."}
        return {
            path: None if inode is None else self._files.get(inode, _File()).cut(dice)
            for path, inode in sorted(names.items())
            if all(str(parent) in folders for parent in Path(path).parents)
        }


def _rename(names: Names, step: Step) -> None:
    if step.what is What.RENAME:
        names[step.other] = names.pop(step.path)
    elif step.what in (What.UNLINK, What.RMDIR):
        names.pop(step.path, None)
    else:
        names[step.path] = step.inode if step.what is What.CREATE else None


def cuts(steps: Sequence[Step], number: int, seed: int) -> Iterator[tuple[int, dict[str, bytes | None]]]:
    """States after power cuts at random moments: how many steps were made, and what is left."""
    dice, disk, made = random.Random(seed), Disk(), 0
    for moment in sorted(dice.randint(1, len(steps)) for _ in range(number)):
        for step in steps[made:moment]:
            disk.take(step)
        made = moment
        yield moment, disk.cut(dice)


def lay_down(state: dict[str, bytes | None], folder: Path) -> None:
    for path, content in state.items():
        file = folder / path
        if content is None:
            file.mkdir(parents=True, exist_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
