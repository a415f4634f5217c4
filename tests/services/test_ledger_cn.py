"""CAC Provisions of 2024 Arts 7, 8 between live nodes: what one exporter sent since 1 January counts together."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.store import datasets, ledger
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, recipient
from tests.services.test_ledger import MovedClock, entries, settled

EXPORTER: dict[str, Any] = {
    "entity": "organisation",
    "organised_under": ["CN"],
    "principal_place": "CN",
    "located_in": "CN",
    "us_person": False,
    "appi_operator": False,
    "gdpr_subject": False,
    "cn_ciio": False,
    "role": "controller",
}
EXPORTED = ENTRUSTED | {
    "basis.cac_exemption": "none",
    "basis.pipl_13": "contract",
    "data.cn_important": False,
    "data.form": "pseudonymised",
    "mechanism.cac": "standard_contract",
    "transaction.foreign_order": "none",
}
PACK, SENSITIVE = "cn.pipl-cac", "subjects.cn_sensitive_this_year"
STATED = SENSITIVE.replace(".", "__")


@pytest.fixture
def clock() -> MovedClock:
    clock = MovedClock()
    clock.move_to(dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC))
    return clock


@pytest_asyncio.fixture
async def exporter(tmp_path: Path, clock: MovedClock) -> AsyncIterator[LiveNode]:
    make_node(tmp_path / "exporter", "Example Exporter", EXPORTER)
    async with live_node(tmp_path / "exporter", clock) as node:
        yield node


@pytest_asyncio.fixture
async def vendors(tmp_path: Path, exporter: LiveNode, clock: MovedClock) -> AsyncIterator[tuple[LiveNode, LiveNode]]:
    """Two that have nothing to do with each other."""
    names = ("one", "other")
    for name in names:
        make_node(tmp_path / name, f"Example {name}")
    async with live_node(tmp_path / "one", clock) as one, live_node(tmp_path / "other", clock) as other:
        for name, node in zip(names, (one, other), strict=True):
            await exporter.knows(node, f"Example {name}", recipient("JP"))
            await node.knows(exporter, "Example Exporter", {})
        yield one, other


async def publishes(exporter: LiveNode, folder: Path, people: range, **facts: Any) -> str:
    """A table of patients, of whatever country."""
    path = folder / f"{people.start}.csv"
    rows = (f"P-{n:06},{'US' if n % 2 else 'CN'},E11.{n % 9}" for n in people)
    path.write_text("\n".join(["patient_id,country,icd10", *rows]) + "\n")
    return await exporter.publishes(path, EXPORTED | {name.replace("__", "."): value for name, value in facts.items()})


async def gone(exporter: LiveNode) -> list[Any]:
    """What the log says that this law has counted."""
    counted = [entry["counted"] for entry in await entries(exporter, "ledger_gone")]
    return [numbers[PACK] for numbers in counted if PACK in numbers]


async def test_what_went_to_somebody_else_this_year_counts_and_that_of_last_year_does_not(
    exporter: LiveNode, vendors: tuple[LiveNode, LiveNode], clock: MovedClock, tmp_path: Path
) -> None:
    one, two = [await publishes(exporter, tmp_path, range(n, n + 6000)) for n in (0, 6000)]
    assert (got := await vendors[0].acquires("Example Exporter", one))["phase"] == "done", got["reasons"]
    await settled(exporter)
    assert await gone(exporter) == [{SENSITIVE: {"subjects": 6000, "from_above": 0}}]
    second = await vendors[1].acquires("Example Exporter", two)
    assert (second["phase"], second["code"]) == ("refused", "deny"), second["reasons"]
    clock.move_to(dt.datetime(2026, 12, 31, 16, 0, 1, tzinfo=dt.UTC))  # it is January in Beijing
    assert (got := await vendors[1].acquires("Example Exporter", two))["phase"] == "done", got["reasons"]


async def test_what_is_exempt_does_not_count(
    exporter: LiveNode, vendors: tuple[LiveNode, LiveNode], tmp_path: Path
) -> None:
    exempt = await publishes(exporter, tmp_path, range(6000), basis__cac_exemption="hr_management")
    other = await publishes(exporter, tmp_path, range(6000, 12000))
    for dataset in (exempt, other):
        assert (got := await vendors[0].acquires("Example Exporter", dataset))["phase"] == "done", got["reasons"]
    await settled(exporter)
    assert len(await gone(exporter)) == 1


async def test_what_the_publisher_states_of_other_ways_comes_on_top(
    exporter: LiveNode, vendors: tuple[LiveNode, LiveNode], tmp_path: Path
) -> None:
    """The number that is stated has this transfer in it; others that went from here are added to it."""
    stated = {"subjects__cn_persons_this_year": 0, "subjects__cn_sensitive_this_year": 6000}
    one = await publishes(exporter, tmp_path, range(3000), **stated)
    two = await publishes(exporter, tmp_path, range(3000, 6000), **stated)
    three = await publishes(
        exporter, tmp_path, range(6000, 7000), **(stated | {"subjects__cn_sensitive_this_year": 4000})
    )
    assert (got := await vendors[0].acquires("Example Exporter", one))["phase"] == "done", got["reasons"]
    assert (got := await vendors[1].acquires("Example Exporter", two))["phase"] == "done", got["reasons"]
    assert (await vendors[0].acquires("Example Exporter", three))["phase"] == "refused"


async def test_a_node_that_the_law_does_not_bind_counts_nobody(exporter: LiveNode, tmp_path: Path) -> None:
    async def kept(node: LiveNode, dataset: str) -> set[str]:
        found = await node.node.store.read(lambda tx: datasets.get(tx, dataset))
        assert found is not None
        source = found.profile.source_digest
        return set(await node.node.store.read(lambda tx: ledger.subjects(tx, source, PACK)))

    abroad = await publishes(exporter, tmp_path, range(50), provider__located_in="JP")
    assert await kept(exporter, abroad) == set()
    assert await kept(exporter, await publishes(exporter, tmp_path, range(50, 100))) == {SENSITIVE}
