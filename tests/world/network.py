"""The way between nodes: requests reach the real applications, or not, or twice, or too late."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.applications import Starlette

from tegata.model.errors import PeerError
from tegata.outbound.gate import Answer, Stream
from tegata.store import Transaction
from tests.world.witness import Witness

PATIENCE = 15.0  # seconds that a sender waits
FAULTS = (
    "loss",
    "lost-answer",
    "reset-before",
    "reset-after",
    "duplicate",
    "late",
    "expired",
    "slow",
    "sick",
    "garbage",
)


class Host(Protocol):
    """A node as the network sees it."""

    name: str
    alive: bool

    def protocol(self) -> Starlette: ...

    async def run(self, work: Any) -> Any:
        """Inside the node; PeerError when it dies meanwhile."""
        ...

    def look(self) -> Transaction:
        """What is on its disk."""
        ...


class Network:
    """`rate`: how often something goes wrong, 0 to 1. `parted`: pairs of names that do not reach each other."""

    def __init__(self, chance: random.Random, told: Callable[[str], None], counts: Counter[str]) -> None:
        self.hosts: dict[int, Host] = {}  # by port
        self.rate = 0.0
        self.parted: set[frozenset[str]] = set()
        self.witness = Witness()
        self._chance = chance
        self._told = told
        self._counts = counts
        self._under_way: set[asyncio.Task[Any]] = set()

    async def request(self, sender: Host, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        host = self.hosts[urlsplit(url).port or 0]
        fault = self._fault(sender, host)
        self._told(f"{sender.name} -> {host.name} {method} {urlsplit(url).path} {fault}".rstrip())
        if not sender.alive:
            raise PeerError("the sender is no more")
        self.witness.sends(sender, url, body)
        await asyncio.sleep(self._chance.uniform(0.001, 0.2))
        return await self._carry(fault, lambda: self._deliver(host, method, url, headers, body))

    async def _carry(self, fault: str, deliver: Callable[[], Any]) -> Answer:
        if fault in ("loss", "partition", "late", "expired"):
            if fault in ("late", "expired"):
                self._later(deliver, *((PATIENCE, 300) if fault == "late" else (361, 900)))
            await asyncio.sleep(PATIENCE)
            raise PeerError("no answer in time")
        if fault == "reset-before":
            raise PeerError("reset")
        if fault == "slow":
            await asyncio.sleep(self._chance.uniform(1, PATIENCE - 1))
        if fault == "duplicate":
            self._later(deliver, 0, 60)
        answer: Answer = await deliver()
        if fault in ("lost-answer", "reset-after"):
            await asyncio.sleep(PATIENCE if fault == "lost-answer" else 0)
            raise PeerError("the answer was lost")
        if fault == "sick":
            return Answer(self._chance.choice((429, 500, 502, 503)), {}, b"<html>")
        return Answer(200, {}, b'{"@type": "nonsense') if fault == "garbage" and answer.status < 300 else answer

    def _fault(self, sender: Host, host: Host) -> str:
        if frozenset((sender.name, host.name)) in self.parted:
            fault = "partition"
        else:
            fault = self._chance.choice(FAULTS) if self._chance.random() < self.rate else ""
        if fault:
            self._counts[fault] += 1
        return fault

    def _later(self, deliver: Callable[[], Any], least: float, most: float) -> None:
        async def work() -> None:
            await asyncio.sleep(self._chance.uniform(least, most))
            with contextlib.suppress(PeerError):
                await deliver()

        task = asyncio.get_running_loop().create_task(work())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, host: Host, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not host.alive:
            raise PeerError("nobody listens there")
        answer: Answer = await host.run(ask(host.protocol(), method, url, headers, body))
        self.witness.answers(host, method, url, body, answer)
        self._told(f"  {host.name} answers {answer.status}")
        return answer


async def ask(app: Starlette, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One request to an application."""
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path.replace("%3A", ":"),
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", parts.port),
    }
    said: list[Any] = []
    parts_of_body = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        part = next(parts_of_body, None)
        return part or await asyncio.get_running_loop().create_future()  # nobody hangs up

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], found, b"".join(message.get("body", b"") for message in said[1:]))


class WorldOutbound:
    """The gate of one node, which leads into the world's network."""

    def __init__(self, network: Network, host: Host) -> None:
        self._network = network
        self._host = host

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int = 1 << 20,
    ) -> Answer:
        answer = await self._network.request(self._host, method, url, headers or {}, content)
        if len(answer.body) > max_bytes:
            raise PeerError("too long")
        return answer

    @asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Stream]:
        answer = await self.request("GET", url, headers=headers, max_bytes=1 << 30)

        async def blocks() -> AsyncIterator[bytes]:
            yield answer.body

        yield Stream(answer.status, answer.headers, blocks())

    async def upload(
        self, method: str, url: str, headers: Mapping[str, str], blocks: AsyncIterator[bytes], size: int
    ) -> Answer:
        content = b"".join([block async for block in blocks])
        return await self.request(method, url, headers={**headers, "Content-Length": str(size)}, content=content)

    async def close(self) -> None: ...
