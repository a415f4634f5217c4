"""One seed is one world: two to five nodes, what goes wrong among them, and what must be true when all is quiet."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import random
import secrets
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import anyio.to_thread
import structlog

from tegata.model.errors import PeerError
from tegata.store import log as log_rows
from tegata.store import negotiations, transfers
from tests.invariants import Side, violations
from tests.moves import moves_in
from tests.world.loop import VirtualLoop
from tests.world.machine import Machine, Origin
from tests.world.network import Network

STORM = 1200.0  # seconds in which things go wrong
CALM = 80 * 3600.0  # seconds after which everything must have come to rest
_ORDERS = (("transfers", ("suspend", "resume", "terminate")), ("negotiations", ("terminate",)))


@dataclass(frozen=True)
class Outcome:
    seed: int
    trace: list[str]
    faults: Counter[str]
    violations: list[str]
    ends: Counter[str]  # how processes ended, by kind and state

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


class World:
    def __init__(self, seed: int, origins: list[Origin], dataset: str) -> None:
        self.chance = random.Random(seed)
        self.trace: list[str] = []
        self.faults: Counter[str] = Counter()
        pushing = random.Random(f"push {seed}")
        self._pushes = lambda: pushing.random() < 1 / 3
        self._dataset = dataset
        self._loop: Any = asyncio.get_running_loop()
        self.network = Network(self.chance, self._told, self.faults)
        some = origins[: self.chance.randint(2, len(origins))]
        self.machines = [Machine(one, self.network, self.chance, self._told, self.faults) for one in some]

    async def live(self) -> None:
        """The storm, then the calm."""
        for machine in self.machines:
            machine.start()
        await asyncio.sleep(1)
        self.network.rate = self.chance.choice((0.0, 0.1, 0.3, 0.5))
        for machine in self.machines:
            machine.trouble = self.chance.choice((0.0, 0.0, 0.02, 0.1))
            if self.chance.random() < 0.3:
                self._set_clock(machine)
        acts = [self._acquire] * self.chance.randint(1, 4) + [self._anything] * self.chance.randint(0, 16)
        await asyncio.gather(*(self._at_some_time(act) for act in acts))
        await asyncio.sleep(max(0.0, STORM - self._loop.time()))
        await self._heal()
        end = self._loop.time() + CALM
        while self._loop.time() < end and self.verify():  # what is at rest needs no more time
            await asyncio.sleep(1800)

    def verify(self) -> list[str]:
        sides = [
            Side(m.origin.keys.key.did, m.origin.keys.key.history, m.look(), m.acknowledged, m.shown, moves_in(m.disk))
            for m in self.machines
        ]
        return violations(sides) + self.network.witness.found + self._loop.faults

    def ends(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for machine in self.machines:
            for name, rows in (("negotiation", negotiations), ("transfer", transfers)):
                found.update(f"{name} {process.state}" for process in rows.page(machine.look(), "", 1000))
        return found

    async def _at_some_time(self, act: Any) -> None:
        span = self.chance.choice((5.0, 60.0, STORM))  # often while everything is under way
        await asyncio.sleep(self.chance.uniform(0, span))
        with contextlib.suppress(PeerError):
            await act()

    async def _acquire(self) -> None:
        machine = self.chance.choice(self.machines[1:])
        wish = {"peer": self.machines[0].origin.keys.key.did, "dataset": self._dataset, "push": self._pushes()}
        status, document = await machine.manage("/v1/acquisitions", wish)
        if status == 202:
            machine.acknowledged.append(document["id"])

    async def _anything(self) -> None:
        machine = self.chance.choice(self.machines)
        act = self.chance.choice(
            (self._order, self._order, self._order, self._crash, self._part, self._jump, self._away)
        )
        await act(machine)

    async def _order(self, machine: Machine) -> None:
        kind, orders = self.chance.choice(_ORDERS)
        rows: Any = transfers if kind == "transfers" else negotiations
        known = rows.page(machine.look(), "", 1000)
        if known:
            self.faults["order of an operator"] += 1
            await machine.manage(f"/v1/{kind}/{self.chance.choice(known).id}/{self.chance.choice(orders)}", {})

    async def _crash(self, machine: Machine) -> None:
        machine.shown = max(machine.shown, log_rows.size(machine.look()))
        machine.crash("crash at any moment")
        await asyncio.sleep(self.chance.uniform(0.01, 60))
        machine.start()

    async def _away(self, machine: Machine) -> None:
        machine.crash("away for hours")
        await asyncio.sleep(self.chance.uniform(600, 70 * 3600))
        machine.start()

    async def _part(self, machine: Machine) -> None:
        pair = frozenset((machine.name, self.chance.choice(self.machines).name))
        self.network.parted.add(pair)
        await asyncio.sleep(self.chance.uniform(1, 900))
        self.network.parted.discard(pair)

    async def _jump(self, machine: Machine) -> None:
        self._set_clock(machine)
        await asyncio.sleep(self.chance.uniform(1, 600))
        machine.clock.wrong = dt.timedelta(0)

    def _set_clock(self, machine: Machine) -> None:
        seconds = self.chance.choice((-7200, -400, -50, 50, 400, 7200))
        self.faults["clock ahead" if seconds > 0 else "clock behind"] += 1
        self._told(f"{machine.name} clock {seconds:+}")
        machine.clock.wrong = dt.timedelta(seconds=seconds)

    async def _heal(self) -> None:
        self._told("calm")
        self.network.rate = 0
        self.network.parted.clear()
        for machine in self.machines:
            machine.trouble, machine.clock.wrong = 0.0, dt.timedelta(0)
        await asyncio.sleep(200)  # whoever must be started again has been
        for machine in self.machines:
            machine.start()
            held = [t for t in transfers.page(machine.look(), "", 1000) if t.state == "SUSPENDED"]
            for transfer in held:
                with contextlib.suppress(PeerError):
                    await machine.manage(f"/v1/transfers/{transfer.id}/resume", {})

    def _told(self, line: str) -> None:
        self.trace.append(f"{self._loop.time():12.3f} {line}")


def run(seed: int, origins: list[Origin], dataset: str) -> Outcome:
    """The world of a seed, from beginning to end; always the same."""

    async def life() -> Outcome:
        world = World(seed, origins, dataset)
        with _unforeseen() as errors:
            await world.live()
        found = world.verify() + errors
        outcome = Outcome(seed, list(world.trace), world.faults, found, world.ends())
        for machine in world.machines:
            machine.stop()
        return outcome

    return in_world(seed, life)


def in_world(seed: int, life: Any) -> Any:
    """Run a coroutine function on a loop of its own, in which nothing is left to chance but by the seed."""
    loop = VirtualLoop(random.Random(f"threads {seed}"))
    with _seeded(random.Random(~seed)):
        try:
            return loop.run_until_complete(life())
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


@contextlib.contextmanager
def _unforeseen() -> Iterator[list[str]]:
    """What nodes log with a traceback: they go on, but no fault of a world may come to them as a surprise."""
    found: list[str] = []
    before = structlog.get_config()["processors"]

    def note(_logger: Any, _method: str, event: Any) -> Any:
        if event.get("exc_info"):
            found.append(f"{event['event']}: {sys.exc_info()[1]!r} was not foreseen")
        return event

    structlog.configure(processors=[note, *before])
    try:
        yield found
    finally:
        structlog.configure(processors=before)


async def _here(func: Any, *args: Any, **_: Any) -> Any:
    return func(*args)


@contextlib.contextmanager
def _seeded(chance: random.Random) -> Iterator[None]:
    """Every source of randomness of the product, and the threads of its web framework."""
    with contextlib.ExitStack() as stack:
        for module, name, value in (
            (uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128), version=4)),
            (secrets, "token_bytes", lambda n=32: chance.randbytes(n)),
            (secrets, "token_hex", lambda n=32: chance.randbytes(n).hex()),
            (secrets, "token_urlsafe", lambda n=32: chance.randbytes(n).hex()),
            (anyio.to_thread, "run_sync", _here),
        ):
            stack.enter_context(mock.patch.object(module, name, value))
        yield
