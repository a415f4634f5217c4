"""Promises of the design that the services keep. Each test fails when its control is taken out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from tegata.evidence import EvidenceLog, recorded
from tegata.model.errors import StoreError
from tegata.store import transfers
from tegata.tables import digest_file
from tegata.transfer import handover
from tegata.transfer.parts import PartMaker
from tegata.trust import open_passport
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, OPEN, PROVIDER, patients, postal, recipient


async def test_source_that_changed_is_scanned_again_before_it_leaves(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    """Promise 2: same terms follow from the new bytes, so they may leave, and the passport speaks of them."""
    source = patients(tmp_path / "patients.csv")
    dataset = await provider.publishes(source, ENTRUSTED)
    patients(source, rows=55)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    passport = open_passport(Path(got["passport"]).read_text())
    assert passport.source_digest == digest_file(source)
    assert passport.profile.rows == 55


async def test_source_that_turned_into_people_does_not_leave(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    """Promise 2: what was agreed for a table without people is not valid for one with people."""
    await provider.knows(consumer, "Example Consumer", recipient("CN"))
    source = postal(tmp_path / "table.csv")
    facts = {name: value for name, value in ENTRUSTED.items() if name != "data.public_record"}
    dataset = await provider.publishes(source, facts)
    patients(source)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "failed"
    kinds = [entry.kind for entry in await provider.node.store.read(lambda tx: list(recorded(tx)))]
    assert "release" not in kinds, "nothing was even made ready to leave"
    await consumer.empties("received")
    await provider.empties("releases")


async def test_nothing_moves_when_the_log_cannot_be_written(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 1: the entry is part of the transaction of the start; without it there is no address to fetch from."""
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    record = EvidenceLog.record

    def full(self: EvidenceLog, tx: Any, kind: str, *rest: Any) -> Any:
        if kind == "release":
            raise StoreError("the disk is full")
        return record(self, tx, kind, *rest)

    monkeypatch.setattr(EvidenceLog, "record", full)
    with pytest.raises(TimeoutError):
        await consumer.acquires("Example Provider", dataset, seconds=2)
    waiting = await provider.node.store.read(lambda tx: transfers.in_state(tx, "REQUESTED"))
    assert len(waiting) == 1, "the transfer waits; it is neither lost nor started"
    await consumer.empties("received")


async def test_process_goes_on_after_a_restart_of_either_side(tmp_path: Path) -> None:
    """Promise 5: what was acknowledged is durable; nothing is stuck, nothing happens twice."""
    make_node(tmp_path / "a", "Example Provider", PROVIDER)
    make_node(tmp_path / "b", "Example Consumer")
    source = postal(tmp_path / "postal.csv")
    async with live_node(tmp_path / "b") as b:
        async with live_node(tmp_path / "a") as a:
            await a.knows(b, "Example Consumer", recipient("DE"))
            await b.knows(a, "Example Provider", {})
            dataset = await a.publishes(source, OPEN)
            a.node.worker._step = _idle  # the request is taken and acknowledged, and then nothing more is done
            _, asked = await b.call("POST", "/v1/acquisitions", {"peer": "Example Provider", "dataset": dataset})
            await asyncio.sleep(0.3)
        # the provider is gone, in the middle of it
        _, view = await b.call("GET", f"/v1/acquisitions/{asked['id']}")
        assert view["phase"] == "negotiating"
    async with live_node(tmp_path / "a"), live_node(tmp_path / "b") as b:
        async with asyncio.timeout(15):
            while view["phase"] not in ("done", "refused", "failed"):
                await asyncio.sleep(0.02)
                _, view = await b.call("GET", f"/v1/acquisitions/{asked['id']}")
        assert view["phase"] == "done", view["reasons"]


async def _idle(process: str) -> None:
    pass


async def test_step_that_fails_for_our_own_fault_ends_the_process_on_both_sides(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is stuck: whoever waits is told."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tegata.transfer.parts.PartMaker.make", broken)
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("failed", "internal")


async def test_data_that_changed_on_the_way_is_not_kept(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer's half of promise 2: what the passport names is what lies there, or nothing does."""
    make = PartMaker.make

    def tampered(maker: PartMaker, part: Any, profile: Any, plan: Any, out: Path) -> Any:
        release = make(maker, part, profile, plan, out)
        out.write_bytes(out.read_bytes().replace(b"1000001", b"1000009"))
        return release

    monkeypatch.setattr(PartMaker, "make", tampered)
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("failed", "verification")
    await consumer.empties("received")


async def test_no_more_is_taken_than_the_passport_states(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider cannot fill our disk: the size is agreed on in the passport, which comes first."""
    make = PartMaker.make

    def endless(maker: PartMaker, part: Any, profile: Any, plan: Any, out: Path) -> Any:
        release = make(maker, part, profile, plan, out)
        with out.open("ab") as file:
            file.truncate(200 << 20)
        return release

    monkeypatch.setattr(PartMaker, "make", endless)
    monkeypatch.setattr(handover, "_whole_file", lambda release: os.stat(release.path))  # such a one does not look
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert got["code"] == "verification"
    assert "more data came" in got["reasons"][0]["en"]
    await consumer.empties("received")
