"""A full disk: one clear reason, nothing half done, and it works once there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.looking import wrong
from tests.faults.processes import tegata, two_nodes, until
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; skips where one cannot be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_release_that_does_not_fit_ends_the_transfer_cleanly(tmp_path: Path, small_disk: Path) -> None:
    source = patients(tmp_path / "patients.csv", rows=20_000)
    with two_nodes(tmp_path, PROVIDER, recipient("DE")) as (a, b):
        dataset = a.publish(source, ENTRUSTED)
        releases = a.folder / "releases"
        releases.rmdir()
        releases.symlink_to(small_disk)
        get = ("get", dataset, "--from", "Provider", "--node", str(b.folder), "--out", str(tmp_path / "out"))
        code, _ = tegata(*get)
        assert code == 1
        assert not list(small_disk.iterdir()), "no half release is left"
        assert "disk is full" in (a.folder / "node.log").read_text()
        until(lambda: not wrong(a.folder, b.folder), 30)
        assert wrong(a.folder, b.folder) == []
        assert a.log_is_whole() in (5, 6)  # keys met, published, decided, agreed, terminated: no release entry

        releases.unlink()
        releases.mkdir()
        code, document = tegata(*get)
        assert (code, document["verdict"]) == (0, "total-passed")
        until(lambda: not wrong(a.folder, b.folder), 30)
        assert wrong(a.folder, b.folder) == []


def test_protect_onto_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path, small_disk: Path) -> None:
    source = patients(tmp_path / "patients.csv", rows=20_000)
    plan = tmp_path / "plan.yaml"
    plan.write_text("steps:\n  - {op: drop, column: 氏名}\notherwise: keep\n", encoding="utf-8")
    code, _ = tegata("protect", str(source), "--out", str(small_disk / "out.csv"), "--plan", str(plan))
    assert code == 1
    assert not list(small_disk.iterdir())
