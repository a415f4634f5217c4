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
from tests.services.conftest import ENTRUSTED, PROVIDER, make_ruled, patients, recipient
from tests.services.test_parts import rows
from tests.services.test_tokens import RULE


def count(node: NodeProcess, kind: str) -> int:
    """Entries of a kind in the log of a stopped or running node."""
    with apsw.Connection(
        f"file:{database(node.folder)}?mode=ro",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    ) as connection:
        return int(connection.execute("SELECT count(*) FROM log_entries WHERE kind = ?", (kind,)).fetchone()[0])


def asks(consumer: NodeProcess, dataset: str) -> subprocess.Popen[bytes]:
    """`tegata get` beside its node, whatever becomes of either."""
    out = str(consumer.folder.parent / "x")
    words = ("get", dataset, "--from", "Provider", "--node", str(consumer.folder), "--out", out)
    return subprocess.Popen([*PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("seed", range(2))
def test_either_side_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = patients(tmp_path / "patients.csv", rows=2000)
    with two_nodes(tmp_path, PROVIDER, recipient("DE")) as (a, b):
        dataset = a.publish(source, ENTRUSTED)
        getting = asks(b, dataset)
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


def test_every_token_that_arrives_is_in_the_vault_whenever_the_provider_dies(tmp_path: Path) -> None:
    chance = random.Random(7)
    source = patients(tmp_path / "patients.csv", rows=4000)
    make_ruled(tmp_path / "a", RULE, without="house.minimise")
    with two_nodes(tmp_path, PROVIDER, recipient("DE")) as (a, b):
        dataset = a.publish(source, ENTRUSTED)
        getting = asks(b, dataset)
        assert until(lambda: count(a, "agreement") == 1, 60)
        for _ in range(3):
            until(lambda: bool(list(a.folder.glob("vaults/*.vault"))), chance.random())
            a.kill()
            a.start()
        assert until(lambda: count(b, "delivery") == 1, 60), (a.folder / "node.log").read_text()[-2000:]
        getting.kill()
        getting.wait()
        assert count(a, "vault_made") == 1
        data, (vault,) = next((b.folder / "received").glob("*/data.csv")), (a.folder / "vaults").glob("*.vault")
        tokens = [row["patient_id"] for row in rows(data)]
        (tmp_path / "tokens").write_text("\n".join(tokens))
        code, found = tegata("vault", "find", str(vault), "--from", str(tmp_path / "tokens"), "--reason", "kill")
    told = {one["token"]: one["value"] for one in found["entries"]}
    assert code == 0
    assert [told[token] for token in tokens] == [row["patient_id"] for row in rows(source)]
