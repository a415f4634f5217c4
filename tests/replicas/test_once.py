"""Effectively once: whatever a peer repeats, in whatever order, to whichever replica, before and after restarts."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.evidence import check_evidence, recorded
from tegata.exchange import agenda, new_id
from tegata.exchange.inbox import KEEP_REPLIES
from tegata.store import negotiations, outbox, received, transfers, work
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.term import Term
from tests.nodes import LiveNode, live_node
from tests.postgres import Server
from tests.replicas.replicas import make_replicas
from tests.services.conftest import OPEN, PROVIDER, postal, recipient
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import request_for


class Cluster:
    """Two replicas of a provider that can be stopped and started, and a stranger who knows both."""

    def __init__(self, folders: list[Path], stranger: Stranger) -> None:
        self.folders = folders
        self.stranger = stranger
        self.live: dict[int, LiveNode] = {}
        self._stacks: dict[int, contextlib.AsyncExitStack] = {}

    async def start(self, number: int) -> LiveNode:
        stack = contextlib.AsyncExitStack()
        self.live[number] = await stack.enter_async_context(live_node(self.folders[number]))
        self._stacks[number] = stack
        return self.live[number]

    async def stop(self, number: int) -> None:
        del self.live[number]
        await self._stacks.pop(number).aclose()

    @property
    def one(self) -> LiveNode:
        return next(iter(self.live.values()))

    async def kinds(self) -> Counter[str]:
        """What the evidence log holds, after checking it."""
        store, key = self.one.node.store, self.one.keys.key.history
        assert (await store.read(lambda tx: check_evidence(tx, key))).damages == ()
        return Counter(entry.kind for entry in await store.read(lambda tx: list(recorded(tx))))


@pytest_asyncio.fixture
async def cluster(postgres: Server, tmp_path: Path) -> AsyncIterator[Cluster]:
    folders = make_replicas(tmp_path, ("a", "b"), postgres.url(), PROVIDER)
    async with Stranger().listening() as stranger:
        made = Cluster(folders, stranger)
        for number in range(2):
            await made.start(number)
        await stranger.known_to(made.one, recipient("DE"))
        yield made
        for number in list(made.live):
            await made.stop(number)


async def test_every_message_on_both_replicas_at_once_has_one_effect(cluster: Cluster, tmp_path: Path) -> None:
    """Five copies of each message to each replica, all at the same time; later all of them again, shuffled, with
    restarts in between."""
    stranger, nodes = cluster.stranger, cluster.live
    dataset = await nodes[0].publishes(postal(tmp_path / "postal.csv"), OPEN)
    request = await request_for(stranger, nodes[1], dataset)
    sent: list[tuple[str, Term, tuple[int, bytes]]] = []

    async def everywhere(path: str, message: Term) -> None:
        """The one answer that all copies get."""
        targets = [*cluster.live.values()] * 5
        answers = await asyncio.gather(*(stranger.post(node, path, message) for node in targets))
        ((answer, count),) = Counter((answer.status, answer.body) for answer in answers).items()
        assert (count, answer[0] < 300) == (len(targets), True), answer
        sent.append((path, message, answer))

    await everywhere("/negotiations/request", request)
    agreement = await stranger.waits_for("ContractAgreementMessage")
    pids: dict[str, Any] = {"provider_pid": agreement["providerPid"], "consumer_pid": request.consumer_pid}
    verified = m.ContractAgreementVerificationMessage(**pids)
    await everywhere(f"/negotiations/{agreement['providerPid']}/agreement/verification", verified)
    await stranger.waits_for("ContractNegotiationEventMessage")
    asked = m.TransferRequestMessage(
        consumer_pid=new_id(),
        agreement_id=agreement["agreement"]["@id"],
        format="HttpData-PULL",
        callback_address=stranger.base,
    )
    await everywhere("/transfers/request", asked)
    start = await stranger.waits_for("TransferStartMessage")
    pids = {"provider_pid": start["providerPid"], "consumer_pid": asked.consumer_pid}
    await everywhere(f"/transfers/{start['providerPid']}/completion", m.TransferCompletionMessage(**pids))

    dice = random.Random(7)
    for number in (0, 1):
        await cluster.stop(number)
        again = sent * 3
        dice.shuffle(again)
        for path, message, answer in again:
            repeated = await stranger.post(cluster.one, path, message)
            assert (repeated.status, repeated.body) == answer
        await cluster.start(number)
    kinds = await cluster.kinds()
    assert (kinds["decision"], kinds["agreement"], kinds["release"]) == (1, 1, 1)
    told = Counter(document["@type"] for _, document in stranger.received)
    assert set(told.values()) == {1}, told
    await _nothing_is_owed(cluster)


async def _nothing_is_owed(cluster: Cluster) -> None:
    async with asyncio.timeout(10):
        while await cluster.one.node.store.read(lambda tx: work.next_due(tx) or outbox.next_due(tx)):
            await asyncio.sleep(0.02)


async def test_a_token_is_spent_for_all_replicas(cluster: Cluster, tmp_path: Path) -> None:
    stranger, nodes = cluster.stranger, cluster.live
    dataset = await nodes[0].publishes(postal(tmp_path / "postal.csv"), OPEN)
    body = codec.encode(await request_for(stranger, nodes[0], dataset))
    token = stranger.token(nodes[0].did, body)
    tries = [stranger.post(nodes[n % 2], "/negotiations/request", body, token=token) for n in range(10)]
    answers = Counter(answer.status for answer in await asyncio.gather(*tries))
    assert answers == {201: 1, 404: 9}


async def test_what_one_replica_was_told_the_other_carries_on(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that is gone in the middle: what it held is done by the other when its lease is over, with nobody
    posting, waking or restarting anything."""
    monkeypatch.setattr(agenda, "LEASE", agenda.LEASE / 30)
    stranger, nodes = cluster.stranger, cluster.live
    dataset = await nodes[0].publishes(postal(tmp_path / "postal.csv"), OPEN)
    held = asyncio.Event()

    async def never(process: str) -> None:
        held.set()
        await asyncio.Event().wait()

    nodes[0].node.worker._step = never
    request = await request_for(stranger, nodes[0], dataset)
    assert (await stranger.post(nodes[0], "/negotiations/request", request)).status == 201
    await held.wait()
    await cluster.stop(0)
    agreement = await stranger.waits_for("ContractAgreementMessage")
    assert agreement["consumerPid"] == request.consumer_pid
    kinds = await cluster.kinds()
    assert (kinds["decision"], kinds["agreement"]) == (1, 1)


async def test_who_was_late_changes_nothing(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that stalls longer than its lease, and then goes on as if nothing had been: the other has decided."""
    monkeypatch.setattr(agenda, "LEASE", agenda.LEASE / 30)
    stranger, nodes = cluster.stranger, cluster.live
    dataset = await nodes[0].publishes(postal(tmp_path / "postal.csv"), OPEN)
    decide, go = nodes[0].node._contracts.provider._decide, asyncio.Event()
    stalled = asyncio.Event()

    async def late(process: str) -> None:
        found = await nodes[0].node.store.read(lambda tx: negotiations.get(tx, process))
        assert found is not None
        dataset, decision = await nodes[0].node.store.read(lambda tx: decide(tx, found))
        stalled.set()
        await go.wait()
        desk = nodes[0].node._contracts.provider
        await nodes[0].node.store.write(lambda tx: desk._conclude(tx, found, dataset, decision))

    nodes[0].node.worker._step = late
    monkeypatch.setattr(nodes[0].node.worker._agenda, "_renew", _no_renewal)
    request = await request_for(stranger, nodes[0], dataset)
    await stranger.post(nodes[0], "/negotiations/request", request)
    await stalled.wait()
    await stranger.waits_for("ContractAgreementMessage")
    go.set()
    await asyncio.sleep(0.3)
    kinds = await cluster.kinds()
    assert (kinds["decision"], kinds["agreement"]) == (1, 1)
    assert [d["@type"] for _, d in stranger.received] == ["ContractAgreementMessage"]


async def _no_renewal(now: object) -> None:
    """The process stands still, and so do its renewals."""


async def test_a_first_request_long_after_is_the_same_negotiation(cluster: Cluster, tmp_path: Path) -> None:
    """When its answer has been forgotten, the process itself keeps a second one from being made."""
    stranger, node = cluster.stranger, cluster.live[0]
    dataset = await node.publishes(postal(tmp_path / "postal.csv"), OPEN)
    request = await request_for(stranger, node, dataset)
    first = await stranger.post(node, "/negotiations/request", request)
    agreement = await stranger.waits_for("ContractAgreementMessage")
    end = node.node._home.clock.now() + 2 * KEEP_REPLIES
    assert await node.node.store.write(lambda tx: received.purge(tx, end, 100)) > 0
    late = await stranger.post(cluster.live[1], "/negotiations/request", request)
    assert (late.status, codec.decode(m.ContractNegotiation, late.body).message.provider_pid) == (
        first.status,
        agreement["providerPid"],
    )
    other = await request_for(stranger, node, dataset, consumer_pid=request.consumer_pid)
    changed = await node.publishes(postal(tmp_path / "other.csv"), OPEN)
    foreign = await request_for(stranger, node, changed, consumer_pid=request.consumer_pid)
    assert (await stranger.post(node, "/negotiations/request", other)).status == 201
    assert (await stranger.post(node, "/negotiations/request", foreign)).status == 400


async def test_what_is_suspended_resumed_and_suspended_again_is_suspended(cluster: Cluster, tmp_path: Path) -> None:
    """The same words are a new message where the process has come back to; a repetition is none."""
    stranger, nodes = cluster.stranger, cluster.live
    dataset = await nodes[0].publishes(postal(tmp_path / "postal.csv"), OPEN)
    request = await request_for(stranger, nodes[0], dataset)
    await stranger.post(nodes[0], "/negotiations/request", request)
    agreement = await stranger.waits_for("ContractAgreementMessage")
    pids: dict[str, Any] = {"provider_pid": agreement["providerPid"], "consumer_pid": request.consumer_pid}
    path = f"/negotiations/{agreement['providerPid']}/agreement/verification"
    await stranger.post(nodes[1], path, m.ContractAgreementVerificationMessage(**pids))
    await stranger.waits_for("ContractNegotiationEventMessage")
    asked = m.TransferRequestMessage(
        consumer_pid=new_id(),
        agreement_id=agreement["agreement"]["@id"],
        format="HttpData-PULL",
        callback_address=stranger.base,
    )
    await stranger.post(nodes[0], "/transfers/request", asked)
    process = (await stranger.waits_for("TransferStartMessage"))["providerPid"]
    pids = {"provider_pid": process, "consumer_pid": asked.consumer_pid}
    words = {"suspension": m.TransferSuspensionMessage(**pids), "start": m.TransferStartMessage(**pids)}
    expected = {"suspension": "SUSPENDED", "start": "STARTED"}
    for word in ("suspension", "start") * 3:
        for node in (nodes[0], nodes[1], nodes[0]):
            assert (await stranger.post(node, f"/transfers/{process}/{word}", words[word])).status == 200
            found = await node.node.store.read(lambda tx: transfers.get(tx, process))
            assert found is not None
            assert found.state == expected[word]
