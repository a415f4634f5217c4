"""`tegata decrypt` beside `tegata protect`: what was encrypted comes back to whoever holds the key."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.protect import apply_plan, read_plan
from tegata.tables import open_source
from tegata.trust.derive import derive_key
from tegata.trust.keyfile import write_secret
from tests.cli.conftest import Tegata
from tests.protect.tables import KEY
from tests.trust.test_envelope import CERTIFICATES, KEYS

PEM = KEYS["p256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
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


def test_a_whole_file_for_a_recipient(tegata: Tegata, table: Path, tmp_path: Path) -> None:
    write_secret(tmp_path / "key.pem", PEM)
    (tmp_path / "cert.pem").write_bytes(CERTIFICATES["p256"].public_bytes(Encoding.PEM))
    told = tegata("encrypt", table, "--for", tmp_path / "cert.pem", "--json")
    sealed = tmp_path / "table.csv.p7m"
    assert told.document == {"file": str(sealed), "size": sealed.stat().st_size, "recipients": ["CN=p256"]}
    opened = tmp_path / "opened.csv"
    assert tegata("decrypt", sealed, "--key", tmp_path / "key.pem", "--out", opened).code == 0
    assert opened.read_bytes() == table.read_bytes()
    assert tegata("decrypt", sealed, "--key", tmp_path / "key.pem", "--out", opened).code == 2, "it is there already"

    sealed.write_bytes(sealed.read_bytes()[:-1] + b"\0")
    told = tegata("decrypt", sealed, "--key", tmp_path / "key.pem", "--out", tmp_path / "none.csv")
    assert (told.code, "changed" in told.err) == (1, True)
    assert sorted(file.name for file in tmp_path.iterdir() if "none" in file.name) == []


def test_encryption_for_what_is_no_recipient(tegata: Tegata, table: Path, tmp_path: Path) -> None:
    assert tegata("encrypt", table, "--for", table).code == 2
    assert tegata("encrypt", table).code == 2
    (tmp_path / "cert.pem").write_bytes(CERTIFICATES["p256"].public_bytes(Encoding.PEM))
    assert tegata("encrypt", tmp_path / "nothing", "--for", tmp_path / "cert.pem").code == 2
    assert not list(tmp_path.glob("*.p7m"))
