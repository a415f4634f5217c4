"""Striking a process at its n-th system call of a kind: the library (`strike.c`), and the page that tells it when."""

from __future__ import annotations

import enum
import errno
import functools
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).with_name("strike.c")
_LAYOUT: Final = struct.Struct("=13q")  # call, left, action, error, struck, one count for each kind of call
_COUNTS: Final = 5


class Call(enum.IntEnum):
    WRITE = 1
    SYNC = 2
    RENAME = 3
    UNLINK = 4
    TRUNCATE = 5
    SEND = 6
    RECEIVE = 7


class Action(enum.IntEnum):
    KILL_BEFORE = 1
    KILL_AFTER = 2
    KILL_HALFWAY = 3
    """In the middle of its bytes."""
    FAIL_ONCE = 4
    FAIL_ON = 5
    """This call and every later one of its kind."""

    @property
    def kills(self) -> bool:
        return self < Action.FAIL_ONCE


@dataclass(frozen=True)
class Strike:
    call: Call
    nth: int
    action: Action
    error: int = errno.EIO

    def __str__(self) -> str:
        fails = "" if self.action.kills else f" {errno.errorcode[self.error]}"
        return f"{self.call.name.lower()} {self.nth} {self.action.name.lower().replace('_', '-')}{fails}"


@functools.cache
def library() -> Path | None:
    """The compiled library; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    place = tempfile.TemporaryDirectory()
    library.place = place  # type: ignore[attr-defined]  # it goes when the process does
    made = Path(place.name) / "strike.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", made, _SOURCE, "-ldl"], check=True)
    return made


class Page:
    """What one process is told, and what it tells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(_LAYOUT.size))
        handle = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(handle, _LAYOUT.size)
        os.close(handle)

    def arm(self, strike: Strike | None) -> None:
        """From now on; nothing has happened yet. None: nothing will."""
        self.disarm()
        nth, action, error, call = (strike.nth, strike.action, strike.error, strike.call) if strike else (0, 0, 0, 0)
        struct.pack_into("=4q", self._map, 8, nth, action, error, 0)
        struct.pack_into("=q", self._map, 0, call)

    def disarm(self) -> None:
        """Nothing happens any more; what has happened can still be seen."""
        struct.pack_into("=q", self._map, 0, 0)

    @property
    def struck(self) -> bool:
        return bool(_LAYOUT.unpack_from(self._map)[4])

    def counts(self) -> dict[Call, int]:
        """Calls so far, by kind."""
        counts = _LAYOUT.unpack_from(self._map)[_COUNTS:]
        return {call: counts[call] for call in Call}
