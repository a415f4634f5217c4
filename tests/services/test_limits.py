"""Limits that stand in an agreement: how often, how much, how fast. What is fetched again does not count again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tegata.model.base import t
from tegata.model.catalog import LIMIT_USE
from tegata.model.decision import Condition
from tegata.store import volumes
from tegata.transfer import handover, limits
from tegata.transfer import provider as transfer_provider
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started
from tests.services.test_orders import in_state, order
from tests.slow_reader import SlowReader

ROWS = 3


async def published(node: LiveNode, path: Path, **said: int) -> str:
    title = {"en": path.stem, "ja": path.stem}
    body = {"path": str(path), "title": title, "description": title, "facts": OPEN, "limits": said}
    status, document = await node.call("POST", "/v1/datasets", body)
    assert status == 201, document
    return str(document["dataset"]["id"])


async def agreement_of(stranger: Stranger, node: LiveNode, dataset: str) -> dict[str, Any]:
    return dict((await agreed(stranger, node, dataset))[1]["agreement"])


@pytest.mark.parametrize(("name", "most"), [("transfers", 1), ("rows", 2 * ROWS - 1), ("bytes", 100)])
async def test_what_would_be_more_than_agreed_does_not_leave(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, name: str, most: int
) -> None:
    dataset = await published(provider, postal(tmp_path / "postal.csv"), **{name: most})
    agreement = await agreement_of(stranger, provider, dataset)
    (duty,) = agreement["obligation"]
    assert duty["action"].endswith(LIMIT_USE)
    endpoint, token = await started(stranger, provider, agreement["@id"])
    for _ in range(3):
        assert (await stranger.fetch(endpoint, token)).status == 200
    stranger.received.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(started(stranger, provider, agreement["@id"]), 2)
    told = await stranger.waits_for("TransferTerminationMessage")
    assert told["code"] == "limit_reached"
    assert f"allows {most:,} " in told["reason"][0]["@value"]


async def test_two_that_started_together_do_not_both_leave(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await published(provider, postal(tmp_path / "postal.csv"), transfers=1)
    agreement = await agreement_of(stranger, provider, dataset)
    first = await started(stranger, provider, agreement["@id"])
    stranger.received.clear()
    second = await started(stranger, provider, agreement["@id"])
    answers = [(await stranger.fetch(*one)).status for one in (first, second, first)]
    assert answers == [200, 410, 200]
    assert (await in_state(provider, "TERMINATED"))["code"] == "limit_reached"


async def test_the_limit_is_what_stops_it(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (handover, transfer_provider):
        monkeypatch.setattr(module, "over_limit", lambda *_: None)
    dataset = await published(provider, postal(tmp_path / "postal.csv"), transfers=1)
    agreement = await agreement_of(stranger, provider, dataset)
    for _ in range(2):
        stranger.received.clear()
        assert (await stranger.fetch(*await started(stranger, provider, agreement["@id"]))).status == 200
    taken = await provider.node.store.read(lambda tx: volumes.besides(tx, agreement["@id"], ""))
    assert (taken.transfers, taken.rows) == (2, 2 * ROWS)


async def test_bytes_leave_at_the_agreed_rate_over_all_connections(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    path, rate = tmp_path / "large.csv", 4 << 20
    path.write_text("n,text\n" + "".join(f"{n},{'x' * 90}\n" for n in range(40_000)))  # about 3.9 MB
    dataset = await published(provider, path, bytes_per_second=rate)
    agreement = await agreement_of(stranger, provider, dataset)
    url, authorization = await started(stranger, provider, agreement["@id"])
    readers = [SlowReader(url, {"Authorization": authorization}) for _ in range(2)]
    begun = time.monotonic()
    for reader in readers:
        await reader.begin()
    taken = await asyncio.gather(*(reader.rest() for reader in readers))
    assert (sum(taken) - (1 << 20)) / rate < time.monotonic() - begun < 15


async def test_a_transfer_that_waits_for_its_turn_is_suspended_at_once(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    path.write_text("n,text\n" + "".join(f"{n},{'x' * 90}\n" for n in range(40_000)))
    agreement = await agreement_of(stranger, provider, await published(provider, path, bytes_per_second=256 << 10))
    url, authorization = await started(stranger, provider, agreement["@id"])
    reader = SlowReader(url, {"Authorization": authorization})
    await reader.begin()
    transfer = await in_state(provider, "STARTED")
    await order(provider, "transfers", transfer["id"], "suspend")
    begun = time.monotonic()
    assert await asyncio.wait_for(reader.rest(), 5) < 1 << 20
    assert time.monotonic() - begun < 2.5


async def test_a_rate_that_cannot_be_kept_is_refused(provider: LiveNode, tmp_path: Path) -> None:
    title = {"en": "x", "ja": "x"}
    body = {"path": str(postal(tmp_path / "postal.csv")), "title": title, "description": title, "facts": OPEN}
    for said in ({"bytes_per_second": 10}, {"rows": -1}, {"cows": 1}, {"rows": 1 << 70}):
        assert (await provider.call("POST", "/v1/datasets", {**body, "limits": said}))[0] == 400


def condition(**params: Any) -> Condition:
    return Condition(verb=LIMIT_USE, params=params, say=t("", ""))


def test_the_strictest_limit_of_several_holds_and_nonsense_is_none() -> None:
    found = limits.limits_of([condition(rows=5, bytes=7), condition(rows=3), condition(rows=-1, transfers="1", x=2)])
    assert (found.rows, found.bytes, found.transfers, found.bytes_per_second) == (3, 7, 0, 0)
