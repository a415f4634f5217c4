"""The courier under bad luck: whose lease is over settles nothing, and what it held goes on elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.clock import SystemClock
from tegata.exchange import Answer, Courier
from tegata.exchange.backoff import CONFLICT, GIVE_UP_AFTER
from tegata.identity import TokenAuthentication
from tegata.model.process import Message, Negotiation
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import Lease, Store, Transaction, negotiations, outbox
from tegata.trust import SigningKey
from tests.nodes import free_port, served

NONE = dt.timedelta(0)


class Peer:
    """Takes messages, and answers when it is told to."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.came = asyncio.Event()
        self.answer = asyncio.Event()
        self.statuses: list[int] = []  # of the next answers; 200 when none is left
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"

    async def take(self, request: Request) -> Response:
        self.got.append(await request.body())
        self.came.set()
        await self.answer.wait()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


class World:
    """A courier over a real store, and a peer that it reaches over HTTP."""

    def __init__(self, store: Store, peer: Peer, outbound: Outbound) -> None:
        tokens = TokenAuthentication(SigningKey.generate(b"k" * 32), SystemClock())
        self.store, self.peer = store, peer
        self.settled: list[str] = []
        self.courier = Courier(store, SystemClock(), outbound, tokens, self._settle)

    def _settle(self, tx: Transaction, message: Message, answer: Answer) -> None:
        tx.after(lambda: self.settled.append(message.body.decode()))

    async def post(self, *bodies: bytes, process: str = "n") -> None:
        def work(tx: Transaction) -> None:
            if negotiations.get(tx, process) is None:
                negotiations.insert(tx, a_process(process, self.peer.url))
            for body in bodies:
                self.courier.post(tx, process=process, peer="p", url=self.peer.url, body=body)

        await self.store.write(work)

    async def until_settled(self, *bodies: str) -> None:
        async with asyncio.timeout(10):
            while self.settled != [*bodies]:
                await asyncio.sleep(0.01)


def a_process(name: str, url: str) -> Negotiation:
    now = SystemClock().now()
    return Negotiation(
        id=name, role="consumer", peer="p", peer_url=url, dataset="d", offer="o", state="REQUESTED",
        created_at=now, updated_at=now,
    )  # fmt: skip


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store, peer = Store.open(tmp_path), Peer()
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    app = Starlette(routes=[Route("/", peer.take, methods=["POST"])])
    made = World(store, peer, outbound)
    async with served(app, f"127.0.0.1:{peer.port}"):
        task = asyncio.create_task(made.courier.run())
        yield made
        peer.answer.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await outbound.close()
    store.close()


async def test_messages_of_a_process_leave_one_after_another(world: World) -> None:
    await world.post(b"1", b"2")
    await world.peer.came.wait()
    await world.post(b"3")
    await asyncio.sleep(0.1)
    assert world.peer.got == [b"1"]
    world.peer.answer.set()
    await world.until_settled("1", "2", "3")
    assert world.peer.got == [b"1", b"2", b"3"]
    await world.store.write(lambda _: None)  # behind the transaction in which the last one was settled
    assert await world.store.read(outbox.next_due) is None


async def test_who_lost_its_lease_settles_nothing(world: World) -> None:
    """Another replica has taken the message over while the peer was slow: it is that one's to settle."""
    await world.post(b"1")
    await world.peer.came.wait()
    late = SystemClock().now() + dt.timedelta(seconds=40)
    (taken,) = await world.store.write(lambda tx: outbox.claim(tx, late, Lease("other", late + dt.timedelta(hours=1))))
    world.peer.answer.set()
    await asyncio.sleep(0.2)
    assert world.settled == []
    assert await world.store.write(lambda tx: outbox.delete(tx, taken.id, "other"))


async def test_what_another_left_is_sent_when_its_lease_is_over(world: World) -> None:
    """It is found without anybody posting or waking."""
    now = SystemClock().now()
    message = Message(id="m", peer="p", url=world.peer.url, body=b"left", process="n", created_at=now)

    def work(tx: Transaction) -> None:
        negotiations.insert(tx, a_process("n", world.peer.url))
        outbox.add(tx, message, Lease("dead", now + dt.timedelta(seconds=1)))

    world.peer.answer.set()
    await world.store.write(work)
    world.courier._agenda.expect(now + dt.timedelta(seconds=1))  # as word of other writers makes it
    await world.until_settled("left")


async def test_a_peer_that_is_away_is_tried_again_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.peer.answer.set()
    there, world.peer.url = world.peer.url, f"http://127.0.0.1:{free_port()}/"
    await world.post(b"away")
    world.peer.url = there
    await world.post(b"near", process="m")
    await world.until_settled("near")
    due = await world.store.read(outbox.next_due)
    assert due is not None
    assert due <= SystemClock().now() + dt.timedelta(seconds=1)  # the first pause


async def test_a_conflict_may_pass_in_a_moment(world: World) -> None:
    """A peer that has not yet noted our answer to its last message says 409 (Eclipse EDC): asked again, it is ready."""
    world.peer.statuses = [409]
    world.peer.answer.set()
    await world.post(b"1")
    await world.until_settled("1")
    assert world.peer.got == [b"1", b"1"]


async def test_a_plain_no_is_final(world: World) -> None:
    world.peer.statuses = [400]
    world.peer.answer.set()
    await world.post(b"1")
    await world.until_settled("1")
    assert world.peer.got == [b"1"]


def test_a_conflict_that_stays_is_a_no_and_silence_is_none() -> None:
    patience = [Answer(status=status).patience for status in (200, 400, 404, 409, 0, 429, 500)]
    assert patience == [NONE, NONE, NONE, CONFLICT, *[GIVE_UP_AFTER] * 3]
