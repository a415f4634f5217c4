"""The courier under bad luck: what it read of the outbox is older than what became of its messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.clock import SystemClock
from tegata.exchange import Answer, Courier
from tegata.identity import TokenAuthentication
from tegata.model.process import Message, Negotiation
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import Store, Transaction, negotiations
from tegata.trust import SigningKey
from tests.nodes import free_port, served


class SlowReads:
    """A store whose reads return late: what they tell is then old."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.write = store.write
        self.gate = asyncio.Event()
        self.gate.set()
        self.reading = asyncio.Event()

    async def read(self, work: Callable[[Transaction], Any]) -> Any:
        value = await self._store.read(work)
        self.reading.set()
        await self.gate.wait()
        return value


class Peer:
    """Takes messages, and answers when it is told to."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.came = asyncio.Event()
        self.answer = asyncio.Event()
        self.port = free_port()

    async def take(self, request: Request) -> Response:
        self.got.append(await request.body())
        self.came.set()
        await self.answer.wait()
        return Response(status_code=200)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.open(tmp_path)
    yield store
    store.close()


async def test_a_message_is_not_sent_again_because_the_outbox_was_read_before_its_answer(store: Store) -> None:
    peer, slow, settled = Peer(), SlowReads(store), list[str]()

    def settle(tx: Transaction, message: Message, answer: Answer) -> None:
        settled.append(message.process)

    clock, outbound = SystemClock(), Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    tokens = TokenAuthentication(SigningKey.generate(b"k" * 32), clock)
    courier = Courier(slow, clock, outbound, tokens, settle)  # type: ignore[arg-type]
    app = Starlette(routes=[Route("/", peer.take, methods=["POST"])])
    async with served(app, f"127.0.0.1:{peer.port}"), running(courier):
        await store.write(lambda tx: post(courier, tx, f"http://127.0.0.1:{peer.port}/"))
        courier.wake()
        await peer.came.wait()
        slow.gate.clear()
        slow.reading.clear()
        courier.wake()
        await slow.reading.wait()  # the outbox is read while the message is on its way
        peer.answer.set()
        while not settled:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # the delivery ends
        slow.gate.set()  # and only now what was read comes back
        await asyncio.sleep(0.2)
        assert len(peer.got) == len(settled) == 1
    await outbound.close()


def post(courier: Courier, tx: Transaction, url: str) -> None:
    now = SystemClock().now()
    process = Negotiation(
        id="n", role="consumer", peer="p", peer_url=url, dataset="d", offer="o", state="REQUESTED",
        created_at=now, updated_at=now,
    )  # fmt: skip
    negotiations.insert(tx, process)
    courier.post(tx, process="n", peer="p", url=url, body=b"{}")


@contextlib.asynccontextmanager
async def running(courier: Courier) -> AsyncIterator[None]:
    task = asyncio.create_task(courier.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
