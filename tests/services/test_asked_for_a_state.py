"""What a peer answers when it is asked for its state of a process: an end to the dispute, or a reason to ask again."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.evidence import recorded
from tegata.exchange import new_id
from tegata.model.process import TransferProcess
from tegata.store import transfers
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.transfer import TransferState
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger
from tests.services.test_differences import NOW, in_dispute, settled
from tests.services.test_hostile_peers import agreed, started


@pytest_asyncio.fixture
async def transfer(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> TransferProcess:
    """A started transfer of the provider to the stranger."""
    _, agreement = await agreed(stranger, provider, await provider.publishes(postal(tmp_path / "postal.csv"), OPEN))
    await started(stranger, provider, agreement["agreement"]["@id"])
    (found,) = await provider.node.store.read(lambda tx: transfers.page(tx))
    return found


def state(transfer: TransferProcess, **changes: str) -> tuple[int, bytes]:
    """The stranger says that it is started, too."""
    pids = {"provider_pid": transfer.id, "consumer_pid": transfer.peer_pid} | changes
    return 200, codec.encode(m.TransferProcess(**pids, state=TransferState.STARTED))


async def diverged(node: LiveNode) -> list[dict[str, Any]]:
    entries = await node.node.store.read(lambda tx: list(recorded(tx)))
    return [entry.body for entry in entries if entry.kind == "transfer_diverged"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_who_knew_us_and_shows_no_state_is_told_the_end(
    provider: LiveNode, stranger: Stranger, transfer: TransferProcess, status: int
) -> None:
    stranger.shown = [(status, b"")]
    await in_dispute(provider, transfers, transfer.id, NOW)
    found = await settled(provider, transfers, transfer.id)
    assert (found.state, found.code) == ("TERMINATED", "refused")
    assert (await stranger.waits_for("TransferTerminationMessage"))["code"] == "refused"
    assert [body["theirs"] for body in await diverged(provider)] == [str(status)]
    assert stranger.asked == 1


async def asked_again(provider: LiveNode, stranger: Stranger, transfer: TransferProcess) -> None:
    """The first answer settled nothing, the second did."""
    found = await settled(provider, transfers, transfer.id)
    assert (found.state, stranger.asked) == ("STARTED", 2)
    assert await diverged(provider) == []


@pytest.mark.parametrize("status", [401, 404])
async def test_who_has_not_recognised_us_is_asked_again(
    provider: LiveNode, stranger: Stranger, transfer: TransferProcess, status: int
) -> None:
    stranger.shown = [(status, b""), state(transfer)]
    await in_dispute(provider, transfers, transfer.id, NOW, unrecognised=True)
    await asked_again(provider, stranger, transfer)


@pytest.mark.parametrize("what", ["html", "a state that is none", "another process"])
async def test_an_answer_that_does_not_read_is_asked_for_again(
    provider: LiveNode, stranger: Stranger, transfer: TransferProcess, what: str
) -> None:
    good = state(transfer)
    bad = {
        "html": b"<html>",
        "a state that is none": good[1].replace(b"STARTED", b"DANCING"),
        "another process": state(transfer, provider_pid=new_id())[1].replace(b"STARTED", b"COMPLETED"),
    }
    stranger.shown = [(200, bad[what]), good]
    await in_dispute(provider, transfers, transfer.id, NOW)
    await asked_again(provider, stranger, transfer)


async def test_after_72_hours_it_is_recorded_and_ended(
    provider: LiveNode, stranger: Stranger, transfer: TransferProcess
) -> None:
    stranger.shown = [(404, b"")]
    await in_dispute(provider, transfers, transfer.id, dt.timedelta(hours=73), unrecognised=True)
    assert (await settled(provider, transfers, transfer.id)).state == "TERMINATED"
    assert [body["theirs"] for body in await diverged(provider)] == ["404"]


async def test_an_answer_to_a_first_message_that_is_about_another_process_ends_it(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    real = provider.node._contracts._book.describe
    monkeypatch.setattr(
        provider.node._contracts._book,
        "describe",
        lambda process: real(process).replace(process.peer_pid.encode(), new_id().encode()),
    )
    monkeypatch.setattr(provider.node.worker, "touch", lambda process: None)  # it says nothing more
    got = await asyncio.wait_for(consumer.acquires("Example Provider", dataset), 10)
    assert (got["phase"], got["code"]) == ("refused", "refused")
