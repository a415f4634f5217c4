"""Two sides in different states come to the same one, and what was refused once is not taken later."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import msgspec

from tegata.clock import SystemClock
from tegata.evidence import recorded
from tegata.exchange import new_id
from tegata.model.process import Dispute, Negotiation, TransferProcess
from tegata.store import Transaction, negotiations, transfers
from tegata.store.processes import Processes
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started


async def carried_out(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> tuple[str, str]:
    """Ids of a finished negotiation and a finished transfer at the consumer."""
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    done = await consumer.acquires(provider.did, dataset)
    assert done["phase"] == "done"
    return str(done["id"]), str(done["transfer"])


async def in_dispute(
    node: LiveNode,
    rows: Processes[Any],
    process: str,
    since: dt.timedelta,
    *,
    unrecognised: bool = False,
    **changes: Any,
) -> None:
    """Put a process into another state than its peer's, as two messages that met on the way would have."""
    dispute = Dispute(since=SystemClock().now() - since, code="refused", unrecognised=unrecognised)

    def work(tx: Transaction) -> None:
        found = rows.get(tx, process)
        assert found is not None
        rows.update(tx, msgspec.structs.replace(found, dispute=dispute, **changes), node.node.worker.owe(tx, process))

    await node.node.store.write(work)


async def settled(node: LiveNode, rows: Processes[Any], process: str) -> Negotiation | TransferProcess:
    """The process once nobody disputes it any more."""
    async with asyncio.timeout(20):
        while True:
            found = await node.node.store.read(lambda tx: rows.get(tx, process))
            assert found is not None
            if found.dispute is None:
                return found  # type: ignore[no-any-return]
            await asyncio.sleep(0.02)


async def kinds(node: LiveNode) -> list[str]:
    return [entry.kind for entry in await node.node.store.read(lambda tx: list(recorded(tx)))]


NOW = dt.timedelta(0)


async def test_who_terminated_while_the_other_finalised_is_bound(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    negotiation, _ = await carried_out(provider, consumer, tmp_path)
    await in_dispute(consumer, negotiations, negotiation, NOW, state="TERMINATED", left="VERIFIED")
    assert (await settled(consumer, negotiations, negotiation)).state == "FINALIZED"
    assert "negotiation_reconciled" in await kinds(consumer)


async def test_a_provider_cannot_claim_what_it_was_not_free_to_do(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    """We terminated what we had not verified: no message of the provider alone leads from there to an agreement."""
    negotiation, _ = await carried_out(provider, consumer, tmp_path)
    long_ago = dt.timedelta(hours=73)
    await in_dispute(consumer, negotiations, negotiation, long_ago, state="TERMINATED", left="AGREED")
    assert (await settled(consumer, negotiations, negotiation)).state == "TERMINATED"
    assert "negotiation_diverged" in await kinds(consumer)


async def test_who_terminated_while_the_other_completed_has_completed(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    _, transfer = await carried_out(provider, consumer, tmp_path)
    theirs = await consumer.node.store.read(lambda tx: transfers.get(tx, transfer))
    assert theirs is not None
    await in_dispute(provider, transfers, theirs.peer_pid, NOW, state="TERMINATED", left="STARTED")
    assert (await settled(provider, transfers, theirs.peer_pid)).state == "COMPLETED"
    assert "transfer_reconciled" in await kinds(provider)


async def test_a_peer_that_was_not_told_of_an_end_is_told_again(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    _, transfer = await carried_out(provider, consumer, tmp_path)
    ours = await consumer.node.store.read(lambda tx: transfers.get(tx, transfer))
    assert ours is not None

    def reopen(tx: Transaction) -> None:
        found = transfers.get(tx, ours.peer_pid)
        assert found is not None
        transfers.update(tx, msgspec.structs.replace(found, state="STARTED"))

    await provider.node.store.write(reopen)
    await in_dispute(consumer, transfers, transfer, NOW)
    await settled(consumer, transfers, transfer)
    theirs = await provider.node.store.read(lambda tx: transfers.get(tx, ours.peer_pid))
    assert theirs is not None
    assert theirs.state == "COMPLETED"


async def test_what_was_refused_is_not_taken_when_it_comes_again(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    await started(stranger, provider, agreement["agreement"]["@id"])
    start = await stranger.waits_for("TransferStartMessage")
    pids = {"provider_pid": start["providerPid"], "consumer_pid": start["consumerPid"]}

    async def send(kind: str, message: Any) -> int:
        return (await stranger.post(provider, f"/transfers/{start['providerPid']}/{kind}", message)).status

    def suspension() -> bytes:
        return codec.encode(m.TransferSuspensionMessage(**pids, extra={"@id": new_id()}))

    first, second = suspension(), suspension()
    assert [await send("suspension", first) for _ in range(2)] == [200, 200]
    assert await send("suspension", second) == 400
    assert await send("start", m.TransferStartMessage(**pids)) == 200
    assert await send("suspension", first) == 200  # the same answer, and no effect
    assert await send("suspension", second) == 400  # although it would be legal now
    shown = msgspec.json.decode((await stranger.get(provider, f"/transfers/{start['providerPid']}")).body)
    assert shown["state"] == "STARTED"
    assert await send("suspension", suspension()) == 200
