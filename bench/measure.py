"""How everything is measured: whole processes, wall time and peak resident memory as the kernel counts them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TEGATA = str(Path(sys.executable).with_name("tegata"))


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: float
    code: int
    cpu_seconds: float  # of all its threads, in the program and in the kernel


@dataclass(frozen=True)
class Figure:
    """One line of the report. `limit` and `measured` share a unit; the ratio is measured / limit."""

    name: str
    measured: float
    limit: float
    unit: str

    @property
    def held(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        verdict = "held" if self.held else "NOT HELD"
        ratio = self.measured / self.limit
        return (
            f"{self.name:<58} {self.measured:>9.2f} {self.unit:<3} limit {self.limit:>7.1f}  x{ratio:<5.2f} {verdict}"
        )


def run(*command: str, cwd: Path | None = None) -> Run:
    """Run to the end, output discarded; peak memory of the process itself (ru_maxrss)."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd, env=_installed())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(time.perf_counter() - started, usage.ru_maxrss / 1024, child.returncode, cpu)


def _installed() -> dict[str, str]:
    """An installed program has its bytecode, and so has ours from its second start on, if it may keep it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def median(runs: list[Run]) -> float:
    return statistics.median(one.seconds for one in runs)


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a live process; `VmHWM` for its peak."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"{field} not found for {pid}")


@contextmanager
def peak_of_tree(pid: int) -> Iterator[list[float]]:
    """The most memory that a live process and all below it had at one time, looked at ten times a second: once the
    block has ended, the only element of the list. Pages that several of them share count once."""
    seen, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            seen[0] = max(seen[0], sum(map(_proportional_mb, [pid, *_below(pid)])))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def _below(pid: int) -> Iterator[int]:
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(tasks).split():
            yield int(child)
            yield from _below(int(child))


def _proportional_mb(pid: int) -> float:
    lines = (line.split() for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines())
    return sum(int(words[1]) / 1024 for words in lines if words[0] == "Pss:")


def _read(path: Path) -> str:
    """Empty where the process has ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
