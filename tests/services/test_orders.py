"""What operators order: transfers held up, resumed and ended by hand, negotiations ended; the door follows at once."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tegata.api import zerocopy
from tegata.evidence import recorded
from tegata.exchange import new_id
from tegata.model.errors import ProtocolError
from tegata.transfer import Door
from tegata.wire.dsp import messages as m
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started
from tests.slow_reader import SlowReader


async def begun(provider: LiveNode, stranger: Stranger, table: Path) -> SlowReader:
    """A large table of which the first bytes have come."""
    table.write_text("n,text\n" + "".join(f"{n},{'x' * 90}\n" for n in range(150_000)))
    _, agreement = await agreed(stranger, provider, await provider.publishes(table, OPEN))
    url, authorization = await started(stranger, provider, agreement["agreement"]["@id"])
    fetching = SlowReader(url, {"Authorization": authorization})
    await fetching.begin()
    return fetching


async def order(node: LiveNode, kind: str, process: str, name: str, reason: str = "") -> tuple[int, Any]:
    return await node.call("POST", f"/v1/{kind}/{process}/{name}", {"reason": reason})


async def kinds(node: LiveNode) -> list[str]:
    return [entry.kind for entry in await node.node.store.read(lambda tx: list(recorded(tx)))]


async def only(node: LiveNode, kind: str) -> dict[str, Any]:
    """The one process of a kind."""
    _, (found,) = await node.call("GET", f"/v1/{kind}")
    return dict(found)


@pytest.mark.parametrize(("name", "said"), [("suspend", "Suspension"), ("terminate", "Termination")])
async def test_the_door_closes_while_bytes_go_out(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, name: str, said: str
) -> None:
    fetching = await begun(provider, stranger, tmp_path / "large.csv")
    transfer = await only(provider, "transfers")
    status, ordered = await order(provider, "transfers", transfer["id"], name, "a question is open")
    assert (status, ordered["state"]) == (200, {"suspend": "SUSPENDED", "terminate": "TERMINATED"}[name])
    assert 0 < await asyncio.wait_for(fetching.rest(), 10) < (tmp_path / "large.csv").stat().st_size / 2
    told = await stranger.waits_for(f"Transfer{said}Message")
    assert (told["code"], told["reason"][0]["@value"]) == ("operator", "a question is open")


async def test_who_does_not_take_what_it_asked_for_is_given_up(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zerocopy, "STALL_SECONDS", 0.3)
    fetching = await begun(provider, stranger, tmp_path / "large.csv")
    await asyncio.sleep(1)
    with contextlib.suppress(ConnectionResetError):
        await asyncio.wait_for(fetching.rest(), 10)
    assert fetching.taken < (tmp_path / "large.csv").stat().st_size / 2


async def test_only_who_suspended_resumes(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    endpoint, token = await started(stranger, provider, agreement["agreement"]["@id"])
    transfer = await only(provider, "transfers")
    await order(provider, "transfers", transfer["id"], "suspend")
    assert (await stranger.fetch(endpoint, token)).status == 503
    assert (await stranger.fetch(endpoint, "Bearer wrong")).status == 404
    pids = {"provider_pid": transfer["id"], "consumer_pid": transfer["peer_pid"]}
    path = f"/transfers/{transfer['id']}/start"
    refused = await stranger.post(provider, path, m.TransferStartMessage(**pids))
    assert (refused.status, msgspec.json.decode(refused.body)["@type"]) == (400, "TransferError")
    assert (await order(provider, "transfers", transfer["id"], "resume"))[1]["state"] == "STARTED"
    assert (await stranger.fetch(endpoint, token)).status == 200
    suspended = m.TransferSuspensionMessage(**pids)
    assert (await stranger.post(provider, path.replace("start", "suspension"), suspended)).status == 200
    status, problem = await order(provider, "transfers", transfer["id"], "resume")
    assert (status, problem["title"]) == (400, "the other side has suspended the transfer")
    assert (await stranger.post(provider, path, m.TransferStartMessage(**pids))).status == 200
    assert (await order(provider, "transfers", transfer["id"], "complete"))[1]["state"] == "COMPLETED"
    assert (await order(provider, "transfers", transfer["id"], "terminate"))[0] == 400
    assert (await kinds(provider)).count("transfer_order") == 3


async def test_a_consumer_suspends_and_resumes(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)

    async def shut(*_: object) -> None:
        raise ProtocolError("not now", status=503)

    monkeypatch.setattr(Door, "open", shut)
    _, wanted = await consumer.call("POST", "/v1/acquisitions", {"peer": provider.did, "dataset": dataset})
    ours = await in_state(consumer, "STARTED")
    assert (await order(consumer, "transfers", ours["id"], "suspend"))[1]["suspended_by"] == "consumer"
    theirs = await in_state(provider, "SUSPENDED")
    assert (await order(provider, "transfers", theirs["id"], "resume"))[0] == 400
    monkeypatch.undo()
    await order(consumer, "transfers", ours["id"], "resume")
    assert (await in_state(consumer, "COMPLETED"))["id"] == ours["id"]
    _, acquired = await consumer.call("GET", f"/v1/acquisitions/{wanted['id']}")
    assert acquired["phase"] == "done"


async def in_state(node: LiveNode, state: str) -> dict[str, Any]:
    """The first transfer that comes to be in a state."""
    async with asyncio.timeout(20):
        while True:
            _, found = await node.call("GET", f"/v1/transfers?state={state}")
            if found:
                return dict(found[0])
            await asyncio.sleep(0.02)


async def test_a_negotiation_is_ended_by_hand(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await agreed(stranger, provider, dataset)
    negotiation = await only(provider, "negotiations")
    status, problem = await order(provider, "negotiations", negotiation["id"], "terminate")
    assert (status, problem["detail"]) == (400, f"`{negotiation['id']}` is FINALIZED")


@pytest.mark.parametrize(
    ("kind", "name"), [("transfers", "suspend"), ("transfers", "burn"), ("negotiations", "suspend")]
)
async def test_orders_that_nobody_can_carry_out(provider: LiveNode, kind: str, name: str) -> None:
    status, _ = await order(provider, kind, new_id(), name)
    assert status in (400, 404)
