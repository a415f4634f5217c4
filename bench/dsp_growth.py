"""Negotiations a second, both sides, with 1, 10,000 and 1,000,000 finished ones in each store, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apsw
from tests.nodes import make_node, served
from tests.postgres import MISSING, Server, binaries
from tests.services.conftest import OPEN, PROVIDER, recipient

from bench.measure import Figure
from tegata.clock import SystemClock
from tegata.contracts import stated
from tegata.model.base import t
from tegata.model.catalog import Participant
from tegata.model.process import Negotiation
from tegata.node.config import read_config
from tegata.node.parts import Node
from tegata.node.run import read_secrets
from tegata.store import Store, Transaction, participants
from tegata.wire.dsp.odrl import Offer

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "1,10000,1000000").split(","))
MEASURED, AT_ONCE, TIMES = 150, 32, 3
Ask = Callable[[str], Awaitable[Sequence[Any]]]
ALLOWED = 1.2
"""The rate stays within 20 % of that of an empty store."""


def figures() -> list[Figure]:
    found = []
    for backend in ("SQLite", "PostgreSQL"):
        with _databases(backend) as databases:
            if databases is None:
                print(f"  {backend} not measured: {MISSING}")
                continue
            rates = asyncio.run(_rates(databases))
        for size, rate in zip(SIZES, rates, strict=True):
            print(f"  {backend}: {rate.second:,.0f} negotiations/s, {rate.cpu:.1f} ms of processor each, with {size:,}")
        found += [
            Figure(
                f"{backend}: slower with {size:,} than with {SIZES[0]:,}", rates[0].second / rate.second, ALLOWED, "x"
            )
            for size, rate in zip(SIZES[1:], rates[1:], strict=True)
        ]
    return found


class Rate(NamedTuple):
    """Negotiations a second, and milliseconds of processor time for one: both sides, without a database server's."""

    second: float
    cpu: float


@contextlib.contextmanager
def _databases(backend: str) -> Iterator[list[str] | None]:
    """Addresses for two nodes."""
    if backend == "SQLite":
        yield ["", ""]
    elif binaries() is None:
        yield None
    else:
        server = Server()
        try:
            yield [server.url(), server.url()]
        finally:
            server.remove()


@dataclass
class Side:
    """One of two nodes; `finished` names the negotiations that came to their end."""

    folder: Path
    database: str

    @contextlib.asynccontextmanager
    async def live(self) -> AsyncIterator[Node]:
        config, keys = read_config(self.folder), read_secrets(self.folder)
        store = Store.open(self.folder / "state", self.database)
        node = Node(self.folder, config, store, keys, SystemClock())
        tasks = [asyncio.create_task(task) for task in node.background()]
        try:
            async with served(node.protocol, config.dsp):
                yield node
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await node.outbound.close()
            store.close()


async def _rates(databases: list[str]) -> list[Rate]:
    """Of each size the best of some runs: what is measured is the code, not its neighbours."""
    with tempfile.TemporaryDirectory() as name:
        sides = [Side(Path(name) / role, database) for role, database in zip("pc", databases, strict=True)]
        for side in sides:
            make_node(side.folder, side.folder.name, PROVIDER)
        rates, full = [], 1
        for size in SIZES:
            if size > full:
                for side in sides:
                    await _fill(side, size - full)
                full = size
            async with sides[0].live() as provider, sides[1].live() as consumer:
                rates.append(await _rate(provider, consumer, sides))
        return rates


async def _rate(provider: Node, consumer: Node, sides: list[Side]) -> Rate:
    peer = await _acquainted(provider, consumer, sides)
    table = sides[0].folder / "table.csv"
    table.write_text("a,b\n1,2\n")
    dataset = await provider._catalog.publish(str(table), t("t", "t"), t("t", "t"), stated(OPEN, "bench"))
    me = await provider.store.read(lambda tx: participants.get(tx, consumer._home.did))
    if me is None:
        raise SystemExit("the two nodes do not know each other")
    offer = await provider.store.read(lambda tx: provider._contracts.offer(tx, dataset, me))
    await _negotiate(consumer, peer, dataset.id, offer, 50)
    return max([await _once(consumer, peer, dataset.id, offer) for _ in range(TIMES)])


async def _once(consumer: Node, peer: Participant, dataset: str, offer: Offer) -> Rate:
    wall, cpu = time.perf_counter(), time.process_time()
    await _negotiate(consumer, peer, dataset, offer, MEASURED)
    return Rate(MEASURED / (time.perf_counter() - wall), (time.process_time() - cpu) / MEASURED * 1000)


async def _acquainted(provider: Node, consumer: Node, sides: list[Side]) -> Participant:
    nodes = (provider, consumer)
    known = [
        Participant(
            id=node._home.did,
            name=side.folder.name,
            url=node._home.url,
            facts=stated(recipient("DE"), "bench", party="recipient"),
        )
        for node, side in zip(nodes, sides, strict=True)
    ]
    for node, other in zip(nodes, reversed(known), strict=True):
        await node.store.write(partial(participants.put, participant=other))
    return known[0]


async def _negotiate(consumer: Node, peer: Participant, dataset: str, offer: Offer, number: int) -> None:
    """So many negotiations, some at a time, each until the consumer knows that it is final."""
    ended: dict[str, Future[str]] = {}
    lanes = asyncio.Semaphore(AT_ONCE)

    def begun(_: Transaction, process: str) -> None:
        ended[process] = Future()

    async def end(negotiation: Negotiation) -> None:
        ended[negotiation.id].set_result(negotiation.state)

    async def one() -> None:
        async with lanes:
            process = await consumer._contracts.consumer.request(peer, dataset, offer, begun)
            if await asyncio.wrap_future(ended[process]) != "FINALIZED":
                raise AssertionError("what is measured comes to an agreement")

    for state in ("FINALIZED", "TERMINATED"):
        consumer._contracts.attend("consumer", state, end)
    await asyncio.gather(*(one() for _ in range(number)))


# --- finished negotiations, as many as wanted: the rows of one that is, again and again, under ids that are mixed well

_MIXED = {
    "sqlite": "printf('urn:uuid:%08x-%08x', (i * 2654435761) % 4294967296, i)",
    "postgres": "'urn:uuid:' || lpad(to_hex((i::bigint * 2654435761) % 4294967296), 8, '0') || '-' || to_hex(i)",
}
_SERIES = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
_ROWS = (
    "INSERT INTO processes (id, kind, role, peer, peer_pid, state, version, payload, due_at, owner) {series}"
    " SELECT {id}, kind, role, peer, {id} || '-p', state, version, payload, NULL, ''"
    " FROM n, (SELECT * FROM processes WHERE state = 'FINALIZED' LIMIT 1) AS one ORDER BY {id}",
    "INSERT INTO agreements (id, negotiation, payload) {series}"
    " SELECT {id} || '-a', {id}, payload FROM n, (SELECT * FROM agreements LIMIT 1) AS one ORDER BY {id}",
    "INSERT INTO received (peer, process, type, digest, status, body, at) {series}"
    " SELECT peer, {id}, type, digest, status, body, at FROM n,"
    " (SELECT * FROM received WHERE process IN (SELECT process FROM received LIMIT 1) LIMIT 2) AS few ORDER BY {id}",
    "INSERT INTO replay (issuer, jti, expires_at) {series}"
    " SELECT issuer, {id} || jti, expires_at FROM n, (SELECT * FROM replay LIMIT 2) AS few ORDER BY {id}",
    "INSERT INTO log_entries (idx, kind, subject, data) {series}"
    " SELECT i, kind, {id}, data FROM n, (SELECT * FROM log_entries WHERE idx = 1) AS one",
)
_NODES = (
    "INSERT INTO log_nodes (level, idx, hash) {series}"
    " SELECT {level}, i, hash FROM n, (SELECT hash FROM log_nodes LIMIT 1) AS one"
)


async def _fill(side: Side, number: int) -> None:
    """One more process, agreement, pair of answers, pair of tokens and entry of the log for each."""
    ask, mixed = await _asking(side)
    ((size,),) = await ask("SELECT coalesce(max(idx) + 1, 0) FROM log_entries")
    numbers = {"first": size, "last": size + number - 1}
    for text in _ROWS:
        await ask(text.format(series=_SERIES.format(**numbers), id=mixed))
    for level in range(64):
        first, last = size >> level, ((size + number) >> level) - 1
        if last >= first:
            await ask(_NODES.format(series=_SERIES.format(first=first, last=last), level=level))
    await ask("ANALYZE")
    await ask("CHECKPOINT" if side.database else "PRAGMA wal_checkpoint(TRUNCATE)")


async def _asking(side: Side) -> tuple[Ask, str]:
    """How to ask the database of a side that is not live, and how it mixes an id out of a number."""
    if not side.database:
        file = apsw.Connection(str(side.folder / "state" / "state.sqlite3"))
        file.pragma("cache_size", -1_000_000)  # KiB: it is filled in one go

        async def ask(text: str) -> list[tuple[Any, ...]]:
            return file.execute(text).fetchall()

        return ask, _MIXED["sqlite"]
    import asyncpg

    session = await asyncpg.connect(side.database)
    return session.fetch, _MIXED["postgres"]
