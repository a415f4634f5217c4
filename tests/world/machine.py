"""A machine in a world: it holds a disk and a clock, and the product's node runs on it until it crashes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import msgspec
from starlette.applications import Starlette

from tegata.model.errors import PeerError
from tegata.node.config import NodeConfig
from tegata.node.parts import Node, Secrets
from tegata.outbound.gate import Answer
from tegata.store import Transaction
from tests.world.disk import DiskConnection, WorldStore, new_disk
from tests.world.loop import NodeClock, VirtualLoop
from tests.world.network import Network, WorldOutbound, ask


@dataclass(frozen=True)
class Origin:
    """A node before the world begins."""

    name: str
    folder: Path
    config: NodeConfig
    keys: Secrets
    disk: bytes  # an SQLite database


class Machine:
    """`trouble`: how often a commit meets a fault, 0 to 1."""

    def __init__(
        self, origin: Origin, network: Network, chance: random.Random, told: Callable[[str], None], counts: Counter[str]
    ) -> None:
        self.origin, self.name = origin, origin.name
        self.alive = False
        self.trouble = 0.0
        self.disk: apsw.Connection = new_disk(origin.disk)
        self.acknowledged: list[str] = []
        self.shown = 0
        self._network, self._chance, self._told, self._counts = network, chance, told, counts
        loop: Any = asyncio.get_running_loop()
        self._loop: VirtualLoop = loop
        self.clock = NodeClock(loop)
        self._lives = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        network.hosts[int(origin.config.dsp.rpartition(":")[2])] = self

    def start(self) -> None:
        """A new life on the old disk."""
        if self.alive:
            return
        self._lives += 1
        self._told(f"{self.name} starts")
        self.alive, self._store = True, WorldStore(self.disk, f"{self.name}-{self._lives}", self)
        outbound: Any = WorldOutbound(self._network, self)
        origin = self.origin
        self._node = Node(origin.folder, origin.config, self._store, origin.keys, self.clock, outbound=outbound)
        for work in self._node.background():
            self._begin(work)

    def crash(self, why: str) -> None:
        """Everything that is not on the disk is gone."""
        if not self.alive:
            return
        self._counts[why] += 1
        self._told(f"{self.name} dies: {why}")
        self.stop()

    def stop(self) -> None:
        """What is not on the disk does not exist any more."""
        if not self.alive:
            return
        self.alive = False
        self._store.die()
        for task in tuple(self._tasks):
            task.cancel()

    def protocol(self) -> Starlette:
        return self._node.protocol

    async def run(self, work: Any) -> Any:
        task = self._begin(work)
        await asyncio.wait([task])
        if task.cancelled():
            raise PeerError("it died meanwhile")
        return task.result()

    async def manage(self, path: str, body: Any) -> tuple[int, Any]:
        """An act of the operator. PeerError when the node is not there or dies of it."""
        if not self.alive:
            raise PeerError("it is not running")
        headers = {"Authorization": f"Bearer {self.origin.keys.token}"}
        app = self._node.management
        answer: Answer = await self.run(ask(app, "POST", path, headers, msgspec.json.encode(body)))
        self._told(f"{self.name} operator {path} {answer.status}")
        return answer.status, msgspec.json.decode(answer.body)

    def look(self) -> Transaction:
        """What is on the disk."""
        return Transaction(DiskConnection(self.disk, self))

    def commit_fault(self) -> str:
        fault = self._chance.choice(("full", "io-before", "io-after")) if self._meets(1) else ""
        if fault:
            self._counts["disk " + fault] += 1
            self._told(f"{self.name} disk {fault}")
            if fault != "full":  # it takes no more writes until somebody starts it again
                self._loop.call_later(self._chance.uniform(1, 120), self.crash, "restart after an I/O error")
        return fault

    def seconds(self) -> float:
        slow = self._meets(1)
        self._counts["slow disk"] += slow
        return self._chance.uniform(1, 40) if slow else self._chance.uniform(0.0005, 0.01)

    def dies(self, when: str) -> bool:
        if self._meets(0.5):
            self.crash(f"crash {when} commit")
            self._loop.call_later(self._chance.uniform(0.1, 90), self.start)
        return not self.alive

    def _meets(self, share: float) -> bool:
        return self.trouble > 0 and self._chance.random() < self.trouble * share

    def _begin(self, work: Any) -> asyncio.Task[Any]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
