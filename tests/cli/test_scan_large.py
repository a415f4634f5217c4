"""`tegata scan` on large files: worker processes, a state to go on from, a sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.tables import csv
from tests.cli.conftest import Tegata
from tests.scan.test_parts import register


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    path = tmp_path / "t.csv"
    register().write_csv(path)
    return path


def test_workers_and_state(tegata: Tegata, table: Path) -> None:
    state = table.with_name("state")
    alone = tegata("scan", table, "--workers", 1, "--json")
    shared = tegata("scan", table, "--workers", 2, "--resume", state, "--json")
    assert shared.code == 0
    assert shared.document == alone.document
    assert not state.exists()


def test_state_that_is_none(tegata: Tegata, table: Path) -> None:
    state = table.with_name("state")
    state.write_text("something else")
    ran = tegata("scan", table, "--resume", state)
    assert ran.code == 1
    assert "remove it" in ran.err
    assert state.read_text() == "something else"


def test_sample(tegata: Tegata, table: Path) -> None:
    ran = tegata("scan", table, "--sample", 0.2, "--workers", 1, "--json")
    assert ran.code == 0
    assert "random sample" in ran.document["unread"][0]["why"]["en"]
    assert "無作為標本" in tegata("scan", table, "--sample", 0.2, "--workers", 1, "--lang", "ja").out
    assert tegata("scan", table, "--sample", 0).code == 2


def test_no_such_cluster(tegata: Tegata, table: Path) -> None:
    ran = tegata("scan", table, "--on", "spark://host")
    assert ran.code == 2
    assert "dask://host:8786" in ran.err
