"""Peers that lie, repeat themselves, or ask for what is not theirs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from tegata.evidence import recorded
from tegata.exchange import new_id
from tegata.model.catalog import Agreement
from tegata.store import negotiations
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.odrl import MessageOffer, Permission
from tegata.wire.dsp.policy import agreement_message
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal
from tests.services.stranger import Stranger


async def offer_of(stranger: Stranger, node: LiveNode, dataset: str) -> dict[str, Any]:
    answer = await stranger.get(node, f"/catalog/datasets/{dataset}")
    assert answer.status == 200
    return dict(msgspec.json.decode(answer.body)["hasPolicy"][0])


async def request_for(stranger: Stranger, node: LiveNode, dataset: str, **changes: Any) -> m.ContractRequestMessage:
    offer = await offer_of(stranger, node, dataset)
    fields: dict[str, Any] = {
        "consumer_pid": new_id(),
        "callback_address": stranger.base,
        "offer": MessageOffer(id=offer["@id"], target=dataset, permission=(Permission(action="use"),)),
    }
    return m.ContractRequestMessage(**(fields | changes))


async def agreed(stranger: Stranger, node: LiveNode, dataset: str) -> tuple[m.ContractRequestMessage, dict[str, Any]]:
    """Negotiate until the agreement is in force; the request and the agreement message."""
    request = await request_for(stranger, node, dataset)
    assert (await stranger.post(node, "/negotiations/request", request)).status == 201
    agreement = await stranger.waits_for("ContractAgreementMessage")
    pids = {"provider_pid": agreement["providerPid"], "consumer_pid": request.consumer_pid}
    verification = m.ContractAgreementVerificationMessage(**pids)
    path = f"/negotiations/{agreement['providerPid']}/agreement/verification"
    assert (await stranger.post(node, path, verification)).status == 200
    await stranger.waits_for("ContractNegotiationEventMessage")
    return request, agreement


async def started(stranger: Stranger, node: LiveNode, agreement: str) -> tuple[str, str]:
    """Ask for the data under an agreement; its endpoint and authorization."""
    message = m.TransferRequestMessage(
        consumer_pid=new_id(), agreement_id=agreement, format="HttpData-PULL", callback_address=stranger.base
    )
    assert (await stranger.post(node, "/transfers/request", message)).status == 201
    address = (await stranger.waits_for("TransferStartMessage"))["dataAddress"]
    properties = {part["name"]: part["value"] for part in address["endpointProperties"]}
    return address["endpoint"], f"Bearer {properties['authorization']}"


async def test_same_message_again_has_one_effect_and_the_same_answer(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    request = await request_for(stranger, provider, dataset)
    answers = [await stranger.post(provider, "/negotiations/request", request) for _ in range(5)]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    await stranger.waits_for("ContractAgreementMessage")
    kinds = [entry.kind for entry in await provider.node.store.read(lambda tx: list(recorded(tx)))]
    assert kinds.count("decision") == kinds.count("agreement") == 1


async def test_token_counts_once(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    first = codec.encode(await request_for(stranger, provider, dataset))
    token = stranger.token(provider.did, first)
    assert (await stranger.post(provider, "/negotiations/request", first, token=token)).status == 201
    assert (await stranger.post(provider, "/negotiations/request", first, token=token)).status == 404


async def test_token_fits_one_body_one_audience_one_sender(
    provider: LiveNode, consumer: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    one, other = [codec.encode(await request_for(stranger, provider, dataset)) for _ in range(2)]
    for token in (
        stranger.token(provider.did, other),
        stranger.token(consumer.did, one),
        stranger.token(provider.did, one)[:-4] + "AAAA",
        "x",
    ):
        assert (await stranger.post(provider, "/negotiations/request", one, token=token)).status == 404


async def test_negotiation_of_another_participant_does_not_exist(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    request, agreement = await agreed(stranger, provider, dataset)
    pid = agreement["providerPid"]
    pids = {"provider_pid": pid, "consumer_pid": request.consumer_pid}
    async with Stranger().listening() as other:
        termination = m.ContractNegotiationTerminationMessage(**pids)
        refused = await other.post(provider, f"/negotiations/{pid}/termination", termination)
        unknown = await other.post(provider, f"/negotiations/{new_id()}/termination", termination)
        assert (refused.status, refused.body) == (unknown.status, unknown.body)
        assert refused.status == 404
        assert (await other.get(provider, f"/negotiations/{pid}")).status == 404
    assert (await stranger.get(provider, f"/negotiations/{pid}")).status == 200


async def test_illegal_move_is_refused_and_changes_nothing(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    request, agreement = await agreed(stranger, provider, dataset)
    pid = agreement["providerPid"]
    pids = {"provider_pid": pid, "consumer_pid": request.consumer_pid}
    late = m.ContractNegotiationTerminationMessage(**pids)
    assert (await stranger.post(provider, f"/negotiations/{pid}/termination", late)).status == 400
    accepted = m.ContractNegotiationEventMessage(**pids, event_type="ACCEPTED")
    assert (await stranger.post(provider, f"/negotiations/{pid}/events", accepted)).status == 400
    kept = await provider.node.store.read(lambda tx: negotiations.get(tx, pid))
    assert kept is not None
    assert kept.state == "FINALIZED"


async def test_callback_to_a_third_party_is_refused(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    async with Stranger().listening() as victim:
        request = await request_for(stranger, provider, dataset, callback_address=victim.base)
        assert (await stranger.post(provider, "/negotiations/request", request)).status == 400
        await asyncio.sleep(0.3)
        assert not victim.received


async def test_transfer_needs_an_agreement_in_force_of_the_sender(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    unfinished = await request_for(stranger, provider, dataset)
    await stranger.post(provider, "/negotiations/request", unfinished)
    agreement = await stranger.waits_for("ContractAgreementMessage")

    def asked(agreement_id: str, callback: str) -> m.TransferRequestMessage:
        return m.TransferRequestMessage(
            consumer_pid=new_id(), agreement_id=agreement_id, format="HttpData-PULL", callback_address=callback
        )

    early = await stranger.post(provider, "/transfers/request", asked(agreement["agreement"]["@id"], stranger.base))
    assert early.status == 400
    unknown = await stranger.post(provider, "/transfers/request", asked(new_id(), stranger.base))
    assert unknown.status == 404
    async with Stranger().listening() as thief:
        stolen = await thief.post(provider, "/transfers/request", asked(agreement["agreement"]["@id"], thief.base))
        assert stolen.status == 404


async def test_data_only_for_the_token_and_only_while_started(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    endpoint, authorization = await started(stranger, provider, agreement["agreement"]["@id"])
    assert (await stranger.fetch(endpoint, "Bearer wrong")).status == 404
    assert (await stranger.fetch(endpoint, "Basic x")).status == 404
    assert (await stranger.fetch(endpoint + "x", authorization)).status == 404
    assert (await stranger.fetch(endpoint, authorization)).status == 200
    start = await stranger.waits_for("TransferStartMessage")
    pids = {"provider_pid": start["providerPid"], "consumer_pid": start["consumerPid"]}
    done = m.TransferCompletionMessage(**pids)
    assert (await stranger.post(provider, f"/transfers/{pids['provider_pid']}/completion", done)).status == 200
    assert (await stranger.fetch(endpoint, authorization)).status == 404


async def test_nothing_leaves_when_its_entry_is_not_in_the_log(
    provider: LiveNode, stranger: Stranger, tmp_path: Path
) -> None:
    """Promise 1, at the door: take the entry away and the bytes stay in."""
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    endpoint, authorization = await started(stranger, provider, agreement["agreement"]["@id"])
    with apsw.Connection(str(next((provider.folder / "state").glob("*.sqlite3")))) as other:
        other.set_busy_timeout(5000)
        other.execute("UPDATE log_entries SET data = x'7b7d' WHERE kind = 'release'")
    assert (await stranger.fetch(endpoint, authorization)).status == 404


async def test_offer_of_other_terms_is_outdated(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> None:
    """Terms of a table with people cannot be shed by asking under the plain offer."""
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    plain = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    cheap = await offer_of(stranger, provider, plain)
    offer = MessageOffer(id=cheap["@id"], target=dataset, permission=(Permission(action="use"),))
    request = await request_for(stranger, provider, dataset, offer=offer)
    assert (await stranger.post(provider, "/negotiations/request", request)).status == 201
    end = await stranger.waits_for("ContractNegotiationTerminationMessage")
    assert end["code"] == "offer_outdated"


async def test_consumer_that_refuses_a_false_agreement_is_not_left_waiting(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider whose agreement is refused ends the negotiation by a message: both sides end alike."""
    monkeypatch.setattr("tegata.contracts.provider.agreement_message", _for_somebody_else)
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("refused", "refused")
    ended = await provider.node.store.read(lambda tx: negotiations.in_state(tx, "TERMINATED"))
    assert len(ended) == 1


def _for_somebody_else(agreement: Agreement, **ids: str) -> Any:
    return agreement_message(msgspec.structs.replace(agreement, consumer="did:key:z6MkSomebodyElse"), **ids)
