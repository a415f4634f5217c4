"""`tegata node log` on a node that is stopped, by a person and by a program."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tegata.evidence import EvidenceLog, Publisher, TileFolder
from tegata.evidence.endorsements import LogKeys
from tegata.node.run import read_secrets
from tegata.store import Store
from tegata.trust import MlDsaKey
from tests.cli.conftest import Tegata
from tests.evidence.logs import NOW, FixedClock
from tests.nodes import make_node


async def _grow(folder: Path, count: int) -> None:
    key, store = read_secrets(folder).key, Store.open(folder / "state")
    evidence = EvidenceLog(key, lambda n: b"s" * n)
    try:
        for number in range(count):
            await store.write(lambda tx, n=number: evidence.record(tx, "release", f"urn:uuid:{n}", {}, NOW))  # type: ignore[misc]
        await Publisher(
            store, evidence, LogKeys(key, MlDsaKey(b"m" * 32)), FixedClock(), TileFolder(folder / "log")
        ).publish()
    finally:
        store.close()


@pytest.fixture
def rolled_back(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    make_node(folder, "Example")
    asyncio.run(_grow(folder, 2))
    shutil.copytree(folder / "state", tmp_path / "backup")
    asyncio.run(_grow(folder, 3))
    shutil.rmtree(folder / "state")
    (tmp_path / "backup").rename(folder / "state")
    return folder


def test_what_somebody_has_published_is_checked_without_a_node(tegata: Tegata, rolled_back: Path) -> None:
    place = rolled_back / "log"
    whole = tegata("node", "log", "check", place, "--json")
    assert (whole.code, whole.document["size"], whole.document["damages"]) == (0, 5, [])
    (place / "tile/entries/000.p/5").unlink()
    damaged = tegata("node", "log", "check", place)
    assert (damaged.code, "entry 4 is missing in the bundles" in damaged.out) == (1, True)
    assert tegata("node", "log", "check", rolled_back / "nothing").code == 1


def test_an_older_state_is_told_refused_and_resolved(tegata: Tegata, rolled_back: Path) -> None:
    started = tegata("node", "start", rolled_back)
    assert (started.code, "node log resolve" in started.err) == (1, True)
    checked = tegata("node", "log", "check", "--node", rolled_back)
    assert checked.code == 1
    assert "entries 2 to 4" not in checked.out
    assert "entry 4 is missing in the entries" in checked.out
    told = tegata("node", "log", "resolve", "--node", rolled_back)
    assert ("3 entries are missing" in told.out, "--apply" in told.err) == (True, True)
    assert tegata("node", "log", "resolve", "--node", rolled_back, "--json").document["state"] == "behind"
    done = tegata("node", "log", "resolve", "--node", rolled_back, "--apply", "--lang", "ja")
    assert "3 件を元の位置に戻しました" in done.out
    assert tegata("node", "log", "check", "--node", rolled_back).code == 0
    assert tegata("node", "log", "resolve", "--node", rolled_back, "--json").document["state"] == "in-order"
