"""The journal of an authority: one line for each token and each event, chained by SHA-256, on disk before the answer.

DIR/journal/2026-11-25.log, a file for each day (UTC); a line is

    TIME SERIAL DIGEST:HEX KEY CHAIN        a token was given: its imprint, and the start of its certificate's SHA-256
    TIME - begins|key KEY CHAIN             it was started, or another key signs from now on

where CHAIN is the SHA-256 of the chain before and the line up to there, so that no line can be changed, taken out or
put in without changing all after it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from tegata import durable
from tegata.model.base import Noun, Text, t
from tegata.model.errors import StoreError, why_of

FOLDER: Final = "journal"
_LINE = re.compile(rb"(?P<says>(?P<time>\S+) (?P<serial>\d+|-) \S+ \S+ )(?P<chain>[0-9a-f]{64})\n")
_START: Final = bytes(32)


class JournalReport(Noun, frozen=True, kw_only=True):
    """What an audit found: tokens, the first and last time, and the faults."""

    tokens: int
    first: str
    last: str
    head: str  # the chain at the end: whoever has noted it elsewhere can tell that nothing before it was changed
    faults: tuple[Text, ...]


class Journal:
    """Open for writing. A line that a crash has cut off at the end is taken away: its token was never given out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        try:
            durable.make_folder(self._folder, mode=0o777)
            self.last_time, self._chain = _resume(self._folder)
        except OSError as error:
            raise _cannot(error) from None
        self._day: dt.date | None = None
        self._file = -1
        self._turn = Lock()

    def write(self, at: dt.datetime, lines: Sequence[str]) -> None:
        """Append lines (`TIME SERIAL WHAT DETAIL`), durable on return, from any thread. StoreError: none is there."""
        with self._turn:
            self._append(at, lines)

    def _append(self, at: dt.datetime, lines: Sequence[str]) -> None:
        chain, block = self._chain, []
        for line in lines:
            says = f"{line} ".encode()
            chain = hashlib.sha256(chain + says).digest()
            block.append(says + chain.hex().encode() + b"\n")
        try:
            file = self._open(at.date())
            size = os.fstat(file).st_size
            try:
                _write_all(file, b"".join(block))
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
        except OSError as error:
            raise _cannot(error) from None
        self._chain = chain

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self, day: dt.date) -> int:
        if day != self._day:
            self.close()
            path = self._folder / f"{day}.log"
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            durable.sync(self._folder)
            self._day = day
        return self._file


def check_journal(folder: Path) -> JournalReport:
    """Walk the whole chain: is every line there, unchanged, in order of time, and every serial number used once?"""
    chain, serials, faults, times = _START, set[int](), list[Text](), list[str]()
    for place, line in _lines(folder / FOLDER):
        match = _LINE.fullmatch(line)
        if match is None:
            faults.append(t(f"{place} is not a whole line", f"{place} が完全な行ではありません"))
            continue
        if hashlib.sha256(chain + match["says"]).hexdigest().encode() != match["chain"]:
            faults.append(t(f"{place} does not follow from the line before", f"{place} が前の行につながりません"))
        chain = bytes.fromhex(match["chain"].decode())
        if match["serial"] == b"-":
            continue
        times.append(match["time"].decode())
        if len(times) > 1 and times[-1] < times[-2]:
            faults.append(t(f"{place} is earlier than the token before", f"{place} の時刻が前の発行より前です"))
        if int(match["serial"]) in serials:
            faults.append(t(f"{place} repeats a serial number", f"{place} のシリアル番号が重複しています"))
        serials.add(int(match["serial"]))
    first, last = (times[0], times[-1]) if times else ("", "")
    return JournalReport(tokens=len(serials), first=first, last=last, head=chain.hex(), faults=tuple(faults))


def _lines(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.log")):
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield f"{path.name}:{number}", line


def _resume(folder: Path) -> tuple[dt.datetime | None, bytes]:
    """Time and chain of the last whole line, behind which anything is cut off."""
    for path in sorted(folder.glob("*.log"), reverse=True):
        if (last := _mend(path)) is not None:
            return dt.datetime.fromisoformat(last["time"].decode()), bytes.fromhex(last["chain"].decode())
    return None, _START


def _mend(path: Path) -> re.Match[bytes] | None:
    """The last whole line of a file, which then ends there; None when a crash has left none."""
    with path.open("rb+") as file:
        end, last = 0, None
        for line in file:
            if match := _LINE.fullmatch(line):
                end, last = end + len(line), match
            elif line.endswith(b"\n"):
                raise _spoilt(path)
        file.truncate(end)
        os.fsync(file.fileno())
    return last


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _cannot(error: OSError) -> StoreError:
    return StoreError(t("the journal cannot be written", "記録を書き込めません"), why=why_of(error))


def _spoilt(path: Path) -> StoreError:
    return StoreError(
        t(f"the journal `{path}` is damaged", f"記録 `{path}` が壊れています"),
        hint=t("run `tegata tsa check DIR`", "`tegata tsa check DIR` を実行してください"),
    )
