"""kill -9 of either side at random moments of a negotiation and transfer: nothing lost, doubled, stuck or unproven."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path

import apsw
import pytest

from tests.faults.looking import database, wrong
from tests.faults.processes import PROGRAM, NodeProcess, tegata, two_nodes, until
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient


def count(node: NodeProcess, kind: str) -> int:
    """Entries of a kind in the log of a stopped or running node."""
    with apsw.Connection(
        f"file:{database(node.folder)}?mode=ro",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    ) as connection:
        return int(connection.execute("SELECT count(*) FROM log_entries WHERE kind = ?", (kind,)).fetchone()[0])


@pytest.mark.parametrize("seed", range(2))
def test_either_side_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = patients(tmp_path / "patients.csv", rows=2000)
    with two_nodes(tmp_path, PROVIDER, recipient("DE")) as (a, b):
        dataset = a.publish(source, ENTRUSTED)
        getting = subprocess.Popen(
            [*PROGRAM, "get", dataset, "--from", "Provider", "--node", str(b.folder), "--out", str(tmp_path / "x")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert until(lambda: count(b, "agreement") or count(a, "decision"), 20), "the negotiation began"
        for _ in range(3):
            victim = chance.choice((a, b))
            victim.kill()
            time.sleep(chance.random() * 0.2)
            victim.start()
            time.sleep(chance.random() * 0.4)
        getting.kill()
        getting.wait()
        assert until(lambda: count(b, "delivery") == 1, 60), (a.folder / "node.log").read_text()[-2000:]
        until(lambda: not wrong(a.folder, b.folder), 30)
        assert wrong(a.folder, b.folder) == []
        assert count(a, "decision") == count(a, "agreement") == count(b, "agreement") == 1
        data = next((b.folder / "received").glob("*/data.csv"))
        trust = tmp_path / "trust.json"
        trust.write_text(json.dumps({tegata("node", "status", "--node", str(a.folder))[1]["id"]: "Provider"}))
        code, verified = tegata("verify", str(data.with_name("passport.jws")), str(data), "--trust", str(trust))
        assert code == 0, verified
