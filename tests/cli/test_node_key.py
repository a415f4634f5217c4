"""`tegata node key` on a node that is stopped, and what a reader makes of it years later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tegata.node.run import read_secrets
from tegata.trust import SigningKey, seal
from tests.cli.conftest import Tegata
from tests.cli.test_log import _grow
from tests.nodes import make_node
from tests.trust.samples import FIELDS, logged, release_entry, sound


def passport(path: Path, key: SigningKey, size: int) -> Path:
    """One under a checkpoint over so many entries, sealed by a key."""
    entry = release_entry(FIELDS)
    told = sound(provider=key.did, entry=entry, proof=logged(entry, key=key, after=size - 6), rolls=key.history.notes)
    path.write_text(seal(told, key))
    return path


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    make_node(folder, "Example")
    asyncio.run(_grow(folder, 20))
    return folder


def test_a_roll_is_told_done_and_shown(tegata: Tegata, node: Path, tmp_path: Path) -> None:
    before = read_secrets(node).key
    tried = tegata("node", "key", "roll", "--node", node)
    assert (tried.code, "nothing was done" in tried.err) == (0, True)
    assert read_secrets(node).key.raw == before.raw
    refused = tegata("node", "key", "show", "--node", node, "--out", tmp_path / "rolls")
    assert (refused.code, "never handed on" in refused.err) == (2, True)

    done = tegata("node", "key", "roll", "--node", node, "--apply", "--json").document
    assert (done["did"], done["keys"][0]["key"], done["keys"][0]["reason"]) == (before.did, before.did, "superseded")
    shown = tegata("node", "key", "show", "--node", node, "--out", tmp_path / "rolls", "--lang", "ja")
    assert (shown.code, "使用中" in shown.out) == (0, True)
    assert (tmp_path / "rolls").read_bytes() == (node / "node.rolls").read_bytes()
    assert tegata("node", "log", "check", "--node", node).code == 0
    assert tegata("node", "key", "roll", "--node", node, "--apply", "--key", tmp_path / "rolls").code != 0
    assert not (node / "node.key.next").exists()


def test_what_the_old_key_signed_is_told_by_the_rolls(tegata: Tegata, node: Path, tmp_path: Path) -> None:
    """A passport of a checkpoint that only the new key may sign, forged with the old one; and an honest one."""
    old = read_secrets(node).key
    tegata("node", "key", "roll", "--node", node, "--apply", "--reason", "key-compromise")
    new = read_secrets(node).key
    forged, honest = passport(tmp_path / "forged.jws", old, 30), passport(tmp_path / "honest.jws", new, 30)
    earlier = passport(tmp_path / "earlier.jws", old, 20)
    rolls = ("--keys", node / "node.rolls", "--trust", old.did, "--json")

    def failed(told: object) -> list[str]:
        return [one["name"] for one in told.document["checks"] if one["verdict"] != "passed"]  # type: ignore[attr-defined]

    told = tegata("verify", forged, *rolls)
    assert (told.document["verdict"], failed(told)) == ("total-failed", ["signature"])
    assert "no longer that of the name" in told.out
    assert failed(tegata("verify", forged, "--trust", old.did, "--json")) == ["data"]  # who does not know, cannot tell
    assert failed(tegata("verify", honest, *rolls)) == ["data"]
    assert failed(tegata("verify", honest, "--trust", old.did, "--json")) == ["data"]
    told = tegata("verify", earlier, *rolls)
    assert failed(told) == ["data", "key"]
    assert tegata("verify", earlier, "--keys", earlier).code == 2
