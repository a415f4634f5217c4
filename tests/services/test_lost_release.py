"""What was prepared for a transfer is gone from the disk: the transfer ends with its reason, and both sides know it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tegata.evidence import recorded
from tegata.store import ledger
from tegata.wire.dsp.address import data_address
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, patients
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started
from tests.services.test_push import asks, inbox

Harm = Callable[[Path], object]


def vanished(file: Path) -> None:
    file.unlink()


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def another_kind(file: Path) -> None:
    file.unlink()
    file.mkdir()


async def harmed(provider: LiveNode, harm: Harm) -> None:
    (file,) = (provider.folder / "releases").rglob("data.csv")
    harm(file)


async def ends_for_it(provider: LiveNode, stranger: Stranger, people: str) -> None:
    """State, message and entry say the same."""
    told = await stranger.waits_for("TransferTerminationMessage", 20)
    assert (told["code"], "no longer whole" in told["reason"][0]["@value"]) == ("release_lost", True)
    _, (transfer,) = await provider.call("GET", "/v1/transfers")
    assert (transfer["state"], transfer["code"]) == ("TERMINATED", "release_lost")

    def kept(tx: Any) -> tuple[list[Any], Any]:
        return list(recorded(tx)), ledger.reservations(tx, transfer["id"])

    entries, held = await provider.node.store.read(kept)
    (ended,) = (entry.body for entry in entries if entry.kind == "transfer_terminated")
    assert (ended["code"], ended["by"]) == ("release_lost", provider.did)
    assert held == []
    assert [entry.kind for entry in entries if entry.kind.startswith("ledger")] == ["ledger_reserved", people]


@pytest.mark.parametrize("harm", [vanished, cut_short, another_kind])
async def test_at_the_door(provider: LiveNode, stranger: Stranger, tmp_path: Path, harm: Harm) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    _, agreement = await agreed(stranger, provider, dataset)
    endpoint, authorization = await started(stranger, provider, agreement["agreement"]["@id"])
    await harmed(provider, harm)
    assert (await stranger.fetch(endpoint, "Bearer wrong")).status == 404
    assert (await stranger.fetch(endpoint + "/passport", authorization)).status == 200
    assert (await stranger.fetch(endpoint, authorization)).status == 410
    await ends_for_it(provider, stranger, "ledger_released")
    assert (await stranger.fetch(endpoint, authorization)).status == 404


async def test_while_it_is_brought(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    stranger.refusals = [503] * 3
    await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    async with asyncio.timeout(10):
        while not stranger.brought:
            await asyncio.sleep(0.01)
    await harmed(provider, vanished)
    await ends_for_it(provider, stranger, "ledger_gone")  # the attempts before may have reached somebody


async def test_a_consumer_is_told_to_ask_again(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.transfer.handover._whole_file", lambda release: None)
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], "ask for it again" in got["reasons"][0]["en"]) == ("failed", True)
