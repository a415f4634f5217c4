"""Statistics between nodes: the account of what they lose stands in the state and in the log, and when it is spent
nothing more leaves."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.evidence import recorded
from tegata.model.statistics import CountBy, Statistics
from tegata.node.config import SETTINGS
from tegata.rules.pack import TEMPLATE
from tegata.store import privacy
from tegata.transfer.budget import SpentError, taken
from tegata.trust import open_passport
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, PROVIDER, patients, recipient

CODES = [f"E11.{n}" for n in range(9)]
COUNTS = f"""
- id: counts-only
  cite:
    - ref: Data policy, section 5
  outcome: allow_with_conditions
  when: leaves
  say: {{en: Only counts leave., ja: 件数のみ提供します。}}
  conditions:
    - verb: statistics
      params:
        epsilon: 0.4
        budget: 1.0
        person: [patient_id]
        count_by: [{{column: icd10, values: [{", ".join(CODES)}]}}]
      means: ["technique:differential-privacy"]
      say: {{en: Release counts with noise., ja: 雑音付きの件数を提供する。}}
"""


needs_opendp = pytest.mark.skipif(
    importlib.util.find_spec("opendp") is None, reason="OpenDP is not installed: pip install 'tegata[privacy]'"
)
ASKED = Statistics(epsilon=1.0, count_by=(CountBy(column="v", values=("x",)),))


@settings(deadline=None)
@given(
    losses=st.lists(st.decimals("0.000001", 3, places=6), min_size=1, max_size=40), budget=st.decimals(3, 20, places=6)
)
def test_the_account_never_gives_more_than_the_budget_and_never_less(losses: list[Decimal], budget: Decimal) -> None:
    """Exactly, in decimals: ten times 0.1 is 1."""
    spent, left = 0, budget
    for loss in losses:
        asked = msgspec.structs.replace(ASKED, epsilon=float(loss), budget=float(budget))
        if loss <= left:
            spent, left = spent + taken(asked, spent), left - loss
            assert Decimal(spent) / 10**9 == budget - left
        else:
            with pytest.raises(SpentError, match="is spent"):
                taken(asked, spent)


def test_a_loss_is_rounded_up() -> None:
    assert taken(msgspec.structs.replace(ASKED, epsilon=1e-12), 0) == 1


@pytest_asyncio.fixture
async def counting(tmp_path: Path) -> AsyncIterator[LiveNode]:
    """A provider that lets only counts out, at most twice to each recipient."""
    folder = tmp_path / "counting"
    make_node(folder, "Example Provider", PROVIDER)
    shutil.copytree(TEMPLATE, folder / "packs" / "own")
    with (folder / "packs" / "own" / "rules.yaml").open("a", encoding="utf-8") as rules:
        rules.write(COUNTS)
    with (folder / SETTINGS).open("a") as settings:
        settings.write("pack_folders: [packs]\npack_trust: {unsigned: allow}\n")
    async with live_node(folder) as node:
        yield node


@asynccontextmanager
async def met(provider: LiveNode, folder: Path, name: str) -> AsyncIterator[LiveNode]:
    make_node(folder, name)
    async with live_node(folder) as node:
        await provider.knows(node, name, recipient("DE"))
        await node.knows(provider, "Example Provider", {})
        yield node


@needs_opendp
async def test_each_release_takes_from_the_budget_until_it_is_spent(counting: LiveNode, tmp_path: Path) -> None:
    dataset = await counting.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    async with met(counting, tmp_path / "consumer", "Example Consumer") as consumer:
        got = [await consumer.acquires("Example Provider", dataset) for _ in range(3)]
        assert [one["phase"] for one in got] == ["done", "done", "failed"], got
        assert got[2]["code"] == "budget"
        assert "0.8 of 1 have been used" in got[2]["reasons"][0]["en"]
        for one in got[:2]:
            with Path(one["data"]).open(newline="", encoding="utf-8") as file:
                assert [row["icd10"] for row in csv.DictReader(file)] == [*CODES, "*"]
        entries = await counting.node.store.read(lambda tx: [e for e in recorded(tx) if e.kind == "release"])
        accounts = [entry.body["privacy"] for entry in entries]
        spent = await counting.node.store.read(lambda tx: privacy.spent(tx, dataset, consumer.did))
    assert accounts == [
        {"epsilon_billionths": 400_000_000, "spent_billionths": 400_000_000},
        {"epsilon_billionths": 400_000_000, "spent_billionths": 800_000_000},
    ]
    assert spent == 800_000_000
    async with met(counting, tmp_path / "other", "Another Consumer") as other:
        assert (await other.acquires("Example Provider", dataset))["phase"] == "done", "its budget is its own"


@needs_opendp
async def test_the_passport_tells_no_exact_figure(counting: LiveNode, tmp_path: Path) -> None:
    dataset = await counting.publishes(patients(tmp_path / "patients.csv", rows=37), ENTRUSTED)
    async with met(counting, tmp_path / "consumer", "Example Consumer") as consumer:
        got = await consumer.acquires("Example Provider", dataset)
    summary = open_passport(Path(got["passport"]).read_text()).profile
    assert (summary.rows, summary.subjects) == (len(CODES) + 1, {})
