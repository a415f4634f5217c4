"""Push: the provider brings the data to the address that the consumer named. What holds for the door holds here."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from tegata.evidence import recorded
from tegata.exchange import new_id
from tegata.store import transfers
from tegata.trust import verify_passport
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HTTP_ENDPOINT, HTTP_PUSH, HttpAddress, data_address
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, patients
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed


def inbox(stranger: Stranger) -> HttpAddress:
    root = f"http://{urlsplit(stranger.base).netloc}/inbox"
    return HttpAddress(endpoint=root + "/data", authorization="ours", passport=root + "/passport")


async def asks(
    stranger: Stranger, node: LiveNode, path: Path, address: m.DataAddress, rows: int = 40
) -> tuple[int, dict[str, Any]]:
    """Ask for a table to be pushed; status and answer."""
    _, agreement = await agreed(stranger, node, await node.publishes(patients(path, rows), ENTRUSTED))
    message = m.TransferRequestMessage(
        consumer_pid=new_id(),
        agreement_id=agreement["agreement"]["@id"],
        format=HTTP_PUSH,
        data_address=address,
        callback_address=stranger.base,
    )
    answer = await stranger.post(node, "/transfers/request", message)
    return answer.status, msgspec.json.decode(answer.body)


async def kinds(node: LiveNode) -> list[str]:
    return [entry.kind for entry in await node.node.store.read(lambda tx: list(recorded(tx)))]


@pytest.mark.parametrize("refusals", [[], [503], [200, 500, 429]])
async def test_data_is_brought_with_its_passport(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, refusals: list[int]
) -> None:
    stranger.refusals = refusals.copy()
    status, process = await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    assert (status, process["state"]) == (201, "REQUESTED")
    assert "dataAddress" not in await stranger.waits_for("TransferStartMessage")
    await stranger.waits_for("TransferCompletionMessage", 20)
    (_, _, passport), (path, headers, data) = stranger.brought[-2:]
    assert (path, headers["authorization"]) == ("/inbox/data", "Bearer ours")
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    verified = verify_passport(passport.decode(), (digest, len(data)), {provider.did: "Provider"})
    assert verified.verdict == "total-passed"
    assert "佐藤" not in data.decode()
    log = await kinds(provider)
    assert log.index("release") < log.index("pushed")
    assert "ours" not in str(await provider.call("GET", "/v1/transfers"))


async def test_who_does_not_take_the_data_ends_the_transfer(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    stranger.refusals = [403]
    await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    told = await stranger.waits_for("TransferTerminationMessage")
    assert told["code"] == "protocol"
    assert len(stranger.brought) == 1
    async with asyncio.timeout(5):
        while any("data.csv" in names for _, _, names in os.walk(provider.folder / "releases")):
            await asyncio.sleep(0.02)


def elsewhere(stranger: Stranger) -> m.DataAddress:
    return data_address(HttpAddress(endpoint="http://127.0.0.1:9/data", authorization="x"))


def passport_elsewhere(stranger: Stranger) -> m.DataAddress:
    address = msgspec.structs.replace(inbox(stranger), passport="http://127.0.0.1:9/passport")
    return data_address(address)


def no_http(stranger: Stranger) -> m.DataAddress:
    return m.DataAddress(endpoint_type="s3", endpoint=inbox(stranger).endpoint)


def nowhere(stranger: Stranger) -> m.DataAddress:
    return m.DataAddress(endpoint_type=HTTP_ENDPOINT)


@pytest.mark.parametrize("address", [elsewhere, passport_elsewhere, no_http, nowhere])
async def test_addresses_that_data_is_not_brought_to(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, address: Callable[[Stranger], m.DataAddress]
) -> None:
    status, error = await asks(stranger, provider, tmp_path / "patients.csv", address(stranger))
    assert (status, error["@type"]) == (400, "TransferError")
    assert (await provider.call("GET", "/v1/transfers"))[1] == []


async def test_nothing_is_brought_when_its_entry_is_not_in_the_log(
    provider: LiveNode, stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.transfer.handover.is_recorded", lambda tx, release: False)
    await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    await stranger.waits_for("TransferTerminationMessage")
    assert stranger.brought == []


async def test_a_push_stops_when_it_is_suspended_and_begins_again(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    stranger.refusals = [503] * 50
    await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    await stranger.waits_for("TransferStartMessage")
    _, (transfer,) = await provider.call("GET", "/v1/transfers")
    await provider.call("POST", f"/v1/transfers/{transfer['id']}/suspend", {})
    await stranger.waits_for("TransferSuspensionMessage")
    await asyncio.sleep(0.1)
    stranger.refusals.clear()
    before = len(stranger.brought)
    await asyncio.sleep(1.5)
    assert len(stranger.brought) == before
    await provider.call("POST", f"/v1/transfers/{transfer['id']}/resume", {})
    await stranger.waits_for("TransferCompletionMessage")
    assert len(stranger.brought) == before + 2


async def test_a_step_that_was_chosen_before_a_suspension_brings_nothing_and_ends_nothing(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    stranger.refusals = [503] * 50
    await asks(stranger, provider, tmp_path / "patients.csv", data_address(inbox(stranger)))
    await stranger.waits_for("TransferStartMessage")
    _, (transfer,) = await provider.call("GET", "/v1/transfers")
    chosen = await provider.node.store.read(lambda tx: transfers.get(tx, transfer["id"]))
    assert chosen is not None
    await provider.call("POST", f"/v1/transfers/{transfer['id']}/suspend", {})
    await stranger.waits_for("TransferSuspensionMessage")
    await asyncio.sleep(0.1)
    before = len(stranger.brought)
    await provider.node._transfers.push.push(chosen)
    assert len(stranger.brought) == before
    _, (transfer,) = await provider.call("GET", "/v1/transfers")
    assert transfer["state"] == "SUSPENDED"
