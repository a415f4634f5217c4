"""`tegata decrypt` beside `tegata protect`: what was encrypted comes back to whoever holds the key."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tegata.protect import apply_plan, read_plan
from tegata.tables import open_source
from tegata.trust.derive import derive_key
from tegata.trust.keyfile import write_secret
from tests.cli.conftest import Tegata
from tests.protect.tables import KEY

PLAN = b"""
steps:
  - {op: encrypt, column: diary, held_in: JP}
  - {op: encrypt_fpe, column: card}
"""
ROWS = [["diary", "card"], ["came late", "4111-1111-1111-1111"], ["=1+1", "5500-0000-0000-0004"]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(ROWS)
    (tmp_path / "plan.yaml").write_bytes(PLAN)
    return path


def test_encrypted_and_opened(tegata: Tegata, table: Path, tmp_path: Path) -> None:
    plan, key, copy, opened = (tmp_path / name for name in ("plan.yaml", "k.key", "copy.csv", "opened.csv"))
    told = tegata("protect", table, "--plan", plan, "--key", key, "--out", copy)
    assert "to be kept in JP" in " ".join(told.out.split())
    assert "came late" not in copy.read_text("utf-8")

    told = tegata("decrypt", copy, "--key", key, "--plan", plan, "--out", opened, "--json")
    assert told.document["columns"] == {"diary": 2, "card": 2}
    with opened.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [ROWS[0], ROWS[1], ["'=1+1", ROWS[2][1]]], "formulas stay escaped"
    assert "diary" in tegata("decrypt", copy, "--key", key, "--out", opened, "--force").out

    wrong = tmp_path / "wrong.key"
    assert tegata("protect", table, "--plan", plan, "--key", wrong, "--out", tmp_path / "other.csv").code == 0
    told = tegata("decrypt", copy, "--key", wrong, "--out", tmp_path / "none.csv")
    assert (told.code, "`diary`" in told.err) == (1, True)
    assert not (tmp_path / "none.csv").exists()


def test_what_left_a_node_is_opened_in_its_folder(tegata: Tegata, table: Path, tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.mkdir()
    write_secret(node / "pseudonym.key", KEY)
    key = derive_key(KEY, "pseudonyms", "urn:uuid:1")
    apply_plan(open_source(table), read_plan(PLAN), tmp_path / "copy.csv", key=key)
    opened = tmp_path / "opened.csv"
    ask = ["decrypt", tmp_path / "copy.csv", "--node", node, "--out", opened]
    assert tegata(*ask, "--agreement", "urn:uuid:2").code == 1
    assert tegata(*ask, "--agreement", "urn:uuid:1").code == 0
    assert "came late" in opened.read_text("utf-8")
    assert tegata(*ask, "--force").code == 2


@pytest.mark.parametrize("missing", ["key", "table"])
def test_what_is_not_there(tegata: Tegata, table: Path, tmp_path: Path, missing: str) -> None:
    asked = {"key": tmp_path / "k.key", "table": table} | {missing: tmp_path / "nothing"}
    told = tegata("decrypt", asked["table"], "--key", asked["key"], "--out", tmp_path / "o.csv")
    assert (told.code, told.out) == (2, "")
