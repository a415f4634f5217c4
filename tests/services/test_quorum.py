"""An agreement may ask for witnesses: nothing leaves before they have cosigned the record of it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.clock import SystemClock
from tegata.model.evidence import Passport
from tegata.store import releases
from tegata.transfer import witnessing
from tegata.trust import open_passport, verify_package, verify_passport
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import OPEN, PROVIDER, postal, recipient
from tests.services.public_witness import PublicWitness
from tests.services.test_package import package

ALL = ("counterparty", "witness-a", "witness-b")


class Hasty(SystemClock):
    """A clock that can be set ahead."""

    ahead = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return super().now() + self.ahead


@pytest_asyncio.fixture
async def witness_a() -> AsyncIterator[PublicWitness]:
    async with PublicWitness("witness-a").listening() as one:
        yield one


@pytest_asyncio.fixture
async def witness_b() -> AsyncIterator[PublicWitness]:
    async with PublicWitness("witness-b", awake=False).listening() as one:
        yield one


@pytest_asyncio.fixture
async def clock() -> Hasty:
    return Hasty()


@asynccontextmanager
async def started(folder: Path, clock: Hasty, *witnesses: PublicWitness) -> AsyncIterator[LiveNode]:
    """A provider that knows these public witnesses; the same one, where it was there before."""
    if not folder.exists():
        make_node(folder, "Example Provider", PROVIDER)
        with (folder / "node.yaml").open("a") as settings:
            settings.write("witnesses:\n" + "".join(one.settings for one in witnesses))
    async with live_node(folder, clock) as node:
        yield node


@pytest_asyncio.fixture
async def provider(
    tmp_path: Path, clock: Hasty, witness_a: PublicWitness, witness_b: PublicWitness
) -> AsyncIterator[LiveNode]:
    async with started(tmp_path / "provider", clock, witness_a, witness_b) as node:
        yield node


@asynccontextmanager
async def at_consumer(folder: Path, clock: Hasty, provider: LiveNode) -> AsyncIterator[LiveNode]:
    make_node(folder, "Example Consumer")
    async with live_node(folder, clock) as node:
        await provider.knows(node, "Example Consumer", recipient("DE"))
        await node.knows(provider, "Example Provider", {})
        yield node


@pytest_asyncio.fixture
async def consumer(tmp_path: Path, provider: LiveNode, clock: Hasty) -> AsyncIterator[LiveNode]:
    async with at_consumer(tmp_path / "consumer", clock, provider) as node:
        yield node


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "EAGER", dt.timedelta(seconds=0.5))


async def published(node: LiveNode, path: Path, at_least: int, of: tuple[str, ...] = ALL) -> str:
    body = {"path": str(postal(path)), "title": {"en": "x", "ja": "x"}, "description": {"en": "x", "ja": "x"}}
    quorum = {"at_least": at_least, "of": of, "within_minutes": 3}
    status, document = await node.call("POST", "/v1/datasets", {**body, "facts": OPEN, "witnesses": quorum})
    assert status == 201, document
    return str(document["dataset"]["id"])


def passport_in(received: dict[str, Any]) -> tuple[str, Passport]:
    text = Path(received["passport"]).read_text("ascii")
    return text, open_passport(text)


async def begun(consumer: LiveNode, dataset: str) -> str:
    """An acquisition under way."""
    wish = {"peer": "Example Provider", "dataset": dataset}
    status, document = await consumer.call("POST", "/v1/acquisitions", wish)
    assert status == 202
    return str(document["id"])


async def ended(consumer: LiveNode, acquisition: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            _, document = await consumer.call("GET", f"/v1/acquisitions/{acquisition}")
            if document["phase"] in ("done", "refused", "failed"):
                return dict(document)
            await asyncio.sleep(0.05)


async def waiting(provider: LiveNode) -> dict[str, Any]:
    """What the operator sees of the one transfer that waits, once it does."""
    async with asyncio.timeout(30):
        while True:
            _, document = await provider.call("GET", "/v1/log/witnesses")
            if document["waiting"]:
                return dict(document["waiting"][0])
            await asyncio.sleep(0.05)


async def test_what_arrives_has_its_witnesses(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await published(provider, tmp_path / "postal.csv", 2)
    received = await consumer.acquires("Example Provider", dataset, 30)
    assert received["phase"] == "done", received
    text, passport = passport_in(received)
    told = {one.name: one for one in verify_passport(text, None, {}).checks}
    assert told["witnesses"].verdict == "passed"
    assert "`witness-a` cosigned, `witness-b` did not" in told["witnesses"].say.en
    made = await package(provider, passport.agreement)
    result = verify_package(made, {provider.did: "provider"})
    assert result.verdict == "total-passed"
    assert "witnesses" in [one.name for one in result.checks]


async def test_nothing_leaves_before_they_have_cosigned(
    witness_a: PublicWitness, witness_b: PublicWitness, clock: Hasty, tmp_path: Path
) -> None:
    """The wait is seen, no package gives a passport away meanwhile, a restart changes nothing, and then it goes on."""
    folder = tmp_path / "provider"
    async with contextlib.AsyncExitStack() as stack:
        async with started(folder, clock, witness_a, witness_b) as provider:
            consumer = await stack.enter_async_context(at_consumer(tmp_path / "consumer", clock, provider))
            acquisition = await begun(consumer, await published(provider, tmp_path / "postal.csv", 3))
            wait = await waiting(provider)
            assert "`witness-b`" in wait["say"]["en"]
            release = await provider.node.store.read(lambda tx: releases.get(tx, wait["transfer"]))
            assert release is not None
            assert (release.passport, release.prepared is None) == ("", False)
            _, transfer = await provider.call("GET", f"/v1/transfers/{wait['transfer']}")
            assert transfer["state"] == "REQUESTED"
            made = await package(provider, wait["transfer"])
        assert b"passports/" not in made
        told = {one.name: one.verdict for one in verify_package(made, {provider.did: "provider"}).checks}
        assert told["witnesses"] == "indeterminate"
        witness_b.awake = True
        async with started(folder, clock) as provider:
            received = await ended(consumer, acquisition)
            assert received["phase"] == "done", received
            entries = (await provider.call("GET", f"/v1/log?subject={wait['transfer']}"))[1]
            assert [one["entry"]["kind"] for one in entries].count("release") == 1
        text, passport = passport_in(received)
        assert passport.proof.checkpoint.size > passport.proof.index
        assert {one.name: one.verdict for one in verify_passport(text, None, {}).checks}["witnesses"] == "passed"


async def test_witnesses_that_do_not_come_end_the_transfer(
    provider: LiveNode, consumer: LiveNode, clock: Hasty, tmp_path: Path
) -> None:
    acquisition = await begun(consumer, await published(provider, tmp_path / "postal.csv", 3))
    wait = await waiting(provider)
    clock.ahead = dt.timedelta(minutes=4)
    received = await ended(consumer, acquisition)
    assert (received["phase"], received["code"]) == ("failed", "unwitnessed")
    assert "`witness-b` did not" in received["reasons"][0]["en"]
    assert "証人が揃いませんでした" in received["reasons"][0]["ja"]
    await provider.empties("releases")
    assert (await provider.call("GET", "/v1/log/witnesses"))[1]["waiting"] == []
    made = await package(provider, wait["transfer"])
    assert verify_package(made, {provider.did: "provider"}).verdict == "indeterminate"


async def test_it_is_the_wait_that_keeps_it_back(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the provider would start, and the consumer refuses what comes."""
    monkeypatch.setattr(witnessing.Standing, "reached", True)
    dataset = await published(provider, tmp_path / "postal.csv", 3)
    received = await consumer.acquires("Example Provider", dataset, 30)
    assert received["phase"] == "done", received  # both nodes run in this process: neither asks any more
    monkeypatch.undo()
    told = {one.name: one.verdict for one in verify_passport(passport_in(received)[0], None, {}).checks}
    assert told["witnesses"] == "failed"


async def test_a_quorum_that_cannot_be_is_refused(provider: LiveNode, tmp_path: Path) -> None:
    title = {"en": "x", "ja": "x"}
    body = {"path": str(postal(tmp_path / "p.csv")), "title": title, "description": title, "facts": OPEN}
    for at_least, of, why in (
        (1, ["witness-c"], "asks no witness `witness-c`"),
        (3, ["counterparty", "witness-a"], "no quorum"),
        (2, ["witness-a", "witness-a"], "no quorum"),
        (0, ["witness-a"], "at_least"),
        (1, [], "of"),
    ):
        quorum = {"at_least": at_least, "of": of}
        status, document = await provider.call("POST", "/v1/datasets", {**body, "witnesses": quorum})
        assert status == 400
        assert why in f"{document['title']} {document['detail']}"
