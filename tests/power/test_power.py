"""A power cut at any moment loses nothing that was acknowledged, and the log goes on from what it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tegata.model.errors import TegataError
from tests.power.judge import acknowledged, wrong
from tests.power.trace import Step, What, cuts, read_trace

ROUNDS = 24  # of eight entries: more than a leaf tile is not needed to meet every kind of write
STATES = int(os.environ.get("STATES", "100000"))
_SOURCE = Path(__file__).with_name("record.c")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    """What a real process did, by its system calls."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make the recorder with")
    place = tmp_path_factory.mktemp("power")
    library, root, to = place / "record.so", place / "root", place / "trace"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
    root.mkdir()
    recorded = {"LD_PRELOAD": str(library), "RECORD_ROOT": str(root), "RECORD_TO": str(to)}
    asked = [sys.executable, "-m", "tests.power.work", str(root), str(ROUNDS)]
    subprocess.run(asked, check=True, env={**os.environ, **recorded}, cwd=Path(__file__).parents[2])
    return read_trace(to, root)


async def _tried(trace: list[Step], folder: Path, number: int, seed: int) -> list[tuple[int, list[str]]]:
    """The states that break the promise: the moment of the cut, and what is wrong."""
    broken = []
    for count, (moment, state) in enumerate(cuts(trace, number, seed)):
        try:
            found = await wrong(folder / "state", state, acknowledged(trace[:moment]), go_on=count % 10 == 0)
        except TegataError as error:
            found = [str(error)]
        if found:
            broken.append((moment, found))
    return broken


def test_the_trace_tells_of_every_kind_of_call(trace: list[Step]) -> None:
    assert {What.CREATE, What.WRITE, What.SYNC, What.RENAME, What.MKDIR, What.UNLINK} <= {step.what for step in trace}
    told = acknowledged(trace)
    assert (len(told.entries), told.published) == (ROUNDS * 8, ROUNDS * 8)


async def test_no_power_cut_loses_what_was_acknowledged(trace: list[Step], tmp_path: Path) -> None:
    assert await _tried(trace, tmp_path, 60, 20261126) == []


async def test_a_disk_that_lies_about_its_syncs_is_found_out(trace: list[Step], tmp_path: Path) -> None:
    """The judge can fail: the same states, had nothing been synced."""
    lying = [step for step in trace if step.what is not What.SYNC or step.inode >> 64 == 0]
    assert await _tried(lying, tmp_path, 12, 20261126) != []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
async def test_very_many_power_cuts(trace: list[Step], tmp_path: Path, seed: int) -> None:
    assert await _tried(trace, tmp_path, STATES // 10, seed) == []
