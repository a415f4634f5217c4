"""Acknowledged means durable: real processes, killed and starved. Power cuts are enumerated elsewhere."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from tegata.store import Store, log

CHILD = [sys.executable, "-m", "tests.store.child"]
ROOT = Path(__file__).parents[2]


async def entries(folder: Path) -> list[str]:
    store = Store.open(folder)
    try:
        found = await store.read(lambda tx: log.entries(tx, 0, log.size(tx)))
        return [data.decode() for data in found if data is not None]
    finally:
        store.close()


def integrity(folder: Path) -> str:
    connection = apsw.Connection(str(folder / "state.sqlite3"))
    (answer,) = connection.execute("PRAGMA integrity_check").fetchone() or ("",)
    connection.close()
    return str(answer)


def acknowledged_before_kill(folder: Path, number: int) -> list[str]:
    """Starts the child, kills it in the middle of its work, and gives the names it had acknowledged by then."""
    child = subprocess.Popen([*CHILD, "load", str(folder)], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(number)]
    child.kill()
    lines += child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    assert child.wait() == -9
    return [line.decode().rstrip() for line in lines if line.endswith(b"\n")]


async def test_a_kill_takes_nothing_back_that_was_acknowledged(tmp_path: Path) -> None:
    seen: list[str] = []
    for _ in range(6):
        acknowledged = acknowledged_before_kill(tmp_path, random.randrange(1, 400))
        seen += acknowledged
        present = await entries(tmp_path)
        assert acknowledged
        assert set(seen) <= set(present)
        assert len(present) == len(set(present))
        assert integrity(tmp_path) == "ok"


def run_in_small_disk(folder: Path) -> list[str]:
    """Runs the child on a file system of 3 MiB, in a mount namespace of its own: needs no rights."""
    if shutil.which("unshare") is None:
        pytest.skip("no `unshare` here to make a small disk with")
    ballast = folder / "ballast"
    script = (
        f"mount -t tmpfs -o size=3m tmpfs '{folder}' && head -c 1000000 /dev/zero > '{ballast}' &&"
        f" exec '{sys.executable}' -m tests.store.child full '{folder}/state' '{ballast}'"
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    lines = run_in_small_disk(tmp_path)
    names = [line for line in lines if ":" not in line]
    (failure,) = [line for line in lines if line.startswith("failed: ")]
    (present,) = [line for line in lines if line.startswith("present: ")]
    assert "the disk is full" in failure
    assert {f"b{number}" for number in range(10)} <= set(names)  # it went on once there was room
    assert set(names) <= set(present.split()[1:])
    assert len(names) > 50


@pytest.mark.parametrize("at", [40, 41, 55])
async def test_after_a_failed_sync_nothing_more_is_claimed(tmp_path: Path, at: int) -> None:
    """Not even when the disk says that all is well again: the kernel may have dropped the pages."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no `strace` here to make a sync fail with")
    inject = ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={at}"]
    command = [strace, "-f", "-o", "/dev/null", *inject, *CHILD, "one", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if "PTRACE" in done.stderr:
        pytest.skip(f"no process may be traced here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    names = [line for line in lines if ":" not in line]
    assert [line.partition(": ")[0] for line in lines[-2:]] == ["failed", "failed"]
    assert all("the disk reported an error" in line for line in lines[-2:])
    assert names[0] == "a0"
    assert set(names) <= set(await entries(tmp_path))
