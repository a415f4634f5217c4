"""A scan that was ended goes on where it was, and finds what one without a break finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.model.errors import StoreError
from tegata.model.profile import Profile
from tegata.scan import Workers, scan
from tegata.scan.saved import Saved
from tegata.tables import csv, open_source, parquet
from tests.scan.test_parts import register


class BrokenError(Exception):
    """Somebody pulled the plug."""


class Ending(ThreadPoolExecutor):
    """Ends after so many shares, and counts them."""

    def __init__(self, after: int) -> None:
        super().__init__(1)
        self.left, self.done = after, 0

    def submit(self, work: Any, *shares: Any) -> Any:
        self.done += bool(shares)
        self.left -= bool(shares)
        if self.left < 0:
            raise BrokenError
        return super().submit(work, *shares)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    path = tmp_path / "t.csv"
    register().write_csv(path)
    return path


def go(table: Path, after: int, state: Path) -> tuple[Profile, int]:
    with Ending(after) as pool:
        profile = scan(open_source(table), workers=Workers(pool, 1, Saved(state, every=0, of=0)))
        return profile, pool.done


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_scan_goes_on_where_it_was(table: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_SHARE_CELLS", 1500)
    if format == "parquet":
        table = table.with_suffix(".parquet")
        register().write_parquet(table, row_group_size=150)
    state = table.with_name("state")
    whole, shares = go(table, 1000, table.with_name("other"))
    with pytest.raises(BrokenError):
        go(table, 3, state)
    assert state.stat().st_mode & 0o777 == 0o600
    found, rest = go(table, 1000, state)
    assert found == whole
    assert rest == shares - 3
    assert go(table, 1000, state) == (whole, 0)


def test_other_bytes_are_not_continued(table: Path) -> None:
    """Those of a share that was scanned before the break: the new digest would speak of bytes that nobody looked at."""
    state = table.with_name("state")
    with pytest.raises(BrokenError):
        go(table, 2, state)
    table.write_bytes(table.read_bytes().replace(b"day 1,", b"day 2,", 1))
    with pytest.raises(StoreError, match="no longer what it was"):
        go(table, 1000, state)


@pytest.mark.parametrize("state", [b"", b"nonsense", msgspec.msgpack.encode({"format": "tegata scan state 1"})])
def test_what_is_no_state_is_refused(table: Path, state: bytes) -> None:
    path = table.with_name("state")
    path.write_bytes(state)
    with pytest.raises(StoreError, match="remove it"):
        go(table, 1000, path)
    assert path.read_bytes() == state


def test_state_of_another_program_is_refused(table: Path) -> None:
    state = table.with_name("state")
    with pytest.raises(BrokenError):
        go(table, 3, state)
    said = msgspec.msgpack.decode(state.read_bytes())
    state.write_bytes(msgspec.msgpack.encode(said | {"recognisers": "sha256:0"}))
    with pytest.raises(StoreError, match="another version"):
        go(table, 1000, state)
    said["passes"] = {name: one | {"sample": b"no frame"} for name, one in said["passes"].items()}
    state.write_bytes(msgspec.msgpack.encode(said))
    with pytest.raises(StoreError, match="damaged"):
        go(table, 1000, state)


SLOWLY = """
import sys, time
from pathlib import Path
from tegata.scan import Workers, scan
from tegata.scan.saved import Saved
from tegata.tables import csv, open_source
from concurrent.futures import ThreadPoolExecutor
from tegata.model.base import encode
csv.SHARE, csv.BLOCK = 20_000, 16_000
with ThreadPoolExecutor(1) as pool:
    profile = scan(open_source(Path(sys.argv[1])), workers=Workers(pool, 1, Saved(Path(sys.argv[2]), every=0, of=0)))
sys.stdout.buffer.write(encode(profile))
"""


def test_kill_9(table: Path) -> None:
    state = table.with_name("state")
    command = [sys.executable, "-c", SLOWLY, str(table), str(state)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        until = time.monotonic() + 60
        while not state.exists() and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
    assert state.exists()
    found = msgspec.json.decode(subprocess.run(command, check=True, capture_output=True).stdout, type=Profile)
    assert found == scan(open_source(table))
