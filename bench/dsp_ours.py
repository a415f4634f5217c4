"""Two nodes of ours: the provider a process as installed, the consumer in this process, which counts what it is told
and runs on the event loop that a node runs on.

Both are durable: whatever was acknowledged is synced to the disk, on both sides, before the answer leaves.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
from tests.faults.processes import NodeProcess
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import OPEN, PROVIDER, postal, recipient

from bench.dsp_figures import Pair
from bench.measure import TEGATA, resident_mb
from bench.node_start import first_answer
from tegata.model.catalog import Participant
from tegata.model.process import Negotiation, TransferProcess
from tegata.node.config import SETTINGS, host_port, read_config
from tegata.store import Transaction, acquisitions
from tegata.transfer import Acquisitions
from tegata.wire.dsp.policy import offer_for

AT_ONCE: Final = 32
Begin = Callable[[], Awaitable[str]]


def pair(name: str, count: int, database: Callable[[], str] = str) -> Pair:
    """Measure `count` of each kind. `database`: the address of a fresh one for a node, empty for the embedded one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        provider = NodeProcess(folder / "provider", "Provider", PROVIDER)
        make_node(folder / "consumer", "Consumer")
        for node in (folder / "provider", folder / "consumer"):
            _set(node, database())
        start = _start(provider.folder)
        own = provider.start()
        try:
            return uvloop.run(_measured(name, count, folder, provider, own, start))
        finally:
            provider.kill()


def _set(folder: Path, database: str) -> None:
    config = msgspec.structs.replace(read_config(folder), database=database)
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(config))


def _start(folder: Path) -> float:
    """Seconds until a node answers: the state is there already."""
    for _ in range(2):
        started = time.perf_counter()
        child = subprocess.Popen([TEGATA, "node", "start", str(folder)], stderr=subprocess.DEVNULL)
        first_answer(host_port(read_config(folder).dsp)[1])
        taken = time.perf_counter() - started
        child.terminate()
        child.wait()
    return taken


async def _measured(
    name: str, count: int, folder: Path, provider: NodeProcess, own: dict[str, Any], start: float
) -> Pair:
    async with live_node(folder / "consumer") as consumer:
        provider.knows({"id": consumer.did, "url": consumer.base}, "Consumer", recipient("DE"))
        dataset = await asyncio.to_thread(provider.publish, postal(folder / "postal.csv"), OPEN)
        peer = Participant(id=own["id"], name="Provider", url=own["url"])
        status, _ = await consumer.call(
            "POST", "/v1/participants", {"id": peer.id, "name": "Provider", "url": peer.url}
        )
        assert status == 201
        load = Load(consumer, peer, dataset)
        await load.warm()
        latencies = tuple([await load.one(load.negotiate) * 1000 for _ in range(max(100, count // 5))])
        negotiations = await load.rate(load.negotiate, count)
        load.go_on()
        transfers = await load.rate(load.acquire, count // 4)
        child = provider.child
        assert child is not None
        return Pair(name, start, resident_mb(child.pid), negotiations, transfers, latencies)


class Load:
    """Begins processes at the consumer and is told of each that ends: it takes the step that a node takes then."""

    def __init__(self, consumer: LiveNode, peer: Participant, dataset: str) -> None:
        node = consumer.node
        self._contracts, self._transfers = node._contracts, node._transfers
        self._wishes = Acquisitions(node._home, node.outbound, self._contracts, self._transfers)
        self._peer, self._dataset = peer, dataset
        self._offer = offer_for(dataset)  # of open data: no conditions
        self._ended: dict[str, asyncio.Future[None]] = {}
        self._contracts.attend("consumer", "FINALIZED", self._told)

    def go_on(self) -> None:
        """From now on each negotiation is followed by its transfer."""
        self._contracts.attend("consumer", "FINALIZED", self._transfers.consumer.request)
        self._transfers.attend("consumer", "COMPLETED", self._told)

    async def warm(self) -> None:
        await self.rate(self.negotiate, 50)

    async def negotiate(self) -> str:
        return await self._contracts.consumer.request(self._peer, self._dataset, self._offer, _nothing)

    async def acquire(self) -> str:
        return (await self._wishes.start(self._peer, self._dataset)).id

    async def one(self, begin: Begin) -> float:
        """Seconds from the wish to the end."""
        started = time.perf_counter()
        process = await begin()
        await self._ended.setdefault(process, asyncio.get_running_loop().create_future())
        return time.perf_counter() - started

    async def rate(self, begin: Begin, count: int) -> float:
        """Completed per second, with `AT_ONCE` under way."""
        left = iter(range(count))
        started = time.perf_counter()

        async def lane() -> None:
            for _ in left:
                await self.one(begin)

        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - started)

    async def _told(self, process: Negotiation | TransferProcess) -> None:
        key = process.id if isinstance(process, Negotiation) else await self._wish(process)
        ended = self._ended.setdefault(key, asyncio.get_running_loop().create_future())
        if not ended.done():
            ended.set_result(None)

    async def _wish(self, transfer: TransferProcess) -> str:
        def find(tx: Transaction) -> str:
            wish = acquisitions.of_transfer(tx, transfer.id)
            return wish.negotiation if wish else ""

        return await self._contracts._home.store.read(find)


def _nothing(tx: Transaction, process: str) -> None:
    pass
