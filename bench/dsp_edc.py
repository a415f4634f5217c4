"""Two connectors of Eclipse EDC that deal with each other (`tests.interop`), in memory or each on its own PostgreSQL.

They look for work every 50 ms, as EDC's own end-to-end tests have it, instead of once a second as they come: that more
than halves their latency.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Final

from tests.interop.connector import Connector, StuckError
from tests.interop.runtime import class_path, edc
from tests.interop.source import source
from tests.nodes import free_port
from tests.postgres import Server

from bench.dsp_figures import Pair
from bench.measure import resident_mb
from tegata.trust import SigningKey

AT_ONCE: Final = 32
_PATIENCE: Final = 60  # seconds: what takes longer is lost
_WARM: Final = 40  # negotiations before anything counts: the JVM compiles what it runs often
_MACHINES: Final = ("negotiation.consumer", "negotiation.provider", "transfer", "dataplane", "data.plane.selector")
_EAGER: Final = {f"edc.{machine}.state-machine.iteration-wait-millis": "50" for machine in _MACHINES}


def in_memory(name: str, count: int) -> Pair:
    path = class_path()
    return _measured(name, count, path, (_EAGER, _EAGER))


def on_postgres(name: str, count: int) -> Pair:
    path = class_path("sql")
    with ExitStack() as stack:
        databases = [stack.enter_context(_database()) for _ in range(2)]
        return _measured(name, count, path, tuple(_EAGER | database for database in databases))


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """Settings of a fresh one. It syncs as PostgreSQL does."""
    port = free_port()
    server = Server(port)
    try:
        url = f"jdbc:postgresql://127.0.0.1:{port}/postgres"
        prefix = "edc.datasource.default"
        yield {
            f"{prefix}.url": url,
            f"{prefix}.user": "tegata",
            f"{prefix}.password": "",
            "edc.sql.schema.autocreate": "true",
        }
    finally:
        server.remove()


def _measured(name: str, count: int, path: str, settings: tuple[Mapping[str, str], ...]) -> Pair:
    with ExitStack() as stack:
        started = time.perf_counter()
        provider = stack.enter_context(edc(path, _participant(), settings=settings[0]))
        start = time.perf_counter() - started
        consumer = stack.enter_context(edc(path, _participant(), settings=settings[1]))
        provider.open_access()
        provider.offer("asset", stack.enter_context(source()).url)
        load = Load(consumer, provider, stack.enter_context(ThreadPoolExecutor(AT_ONCE)))
        load.rate(load.negotiate, _WARM)
        latencies = tuple(load.one(load.negotiate) * 1000 for _ in range(max(20, count // 4)))
        negotiations = load.rate(load.negotiate, count)
        transfers = load.rate(load.acquire, count)
        return Pair(name, start, resident_mb(provider.pid), negotiations, transfers, latencies, load.lost)


def _participant() -> str:
    return SigningKey.generate(os.urandom(32)).did


class LostError(Exception):
    """A process ended TERMINATED although nobody wished it."""


class Load:
    """Begins processes at the consumer, and asks it until they have ended."""

    def __init__(self, consumer: Connector, provider: Connector, threads: ThreadPoolExecutor) -> None:
        self._consumer = replace(consumer, patience=_PATIENCE)
        self._provider, self._threads = provider.party, threads
        (self._dataset,) = consumer.catalogue(self._provider)
        self.lost = 0  # what ended TERMINATED although nobody wished it

    def negotiate(self) -> str:
        """The agreement."""
        negotiation = self._consumer.request(self._provider, self._dataset)
        ended = self._consumer.negotiation(negotiation, "FINALIZED", "TERMINATED")
        if ended["state"] != "FINALIZED":
            raise LostError
        return str(ended["contractAgreementId"])

    def acquire(self) -> None:
        transfer = self._consumer.pull(self._provider, self.negotiate())
        if self._consumer.transfer(transfer, "STARTED", "TERMINATED")["state"] != "STARTED":
            raise LostError
        reference = self._consumer.reference(transfer)
        headers = {"Authorization": reference["authorization"]}
        with urllib.request.urlopen(urllib.request.Request(reference["endpoint"], headers=headers)) as answer:
            answer.read()
        self._consumer.complete(transfer)

    def one(self, do: Callable[[], object]) -> float:
        """Seconds from the wish to the end."""
        started = time.perf_counter()
        with suppress(LostError, StuckError):
            do()
            return time.perf_counter() - started
        self.lost += 1
        return self.one(do)

    def rate(self, do: Callable[[], object], count: int) -> float:
        """Completed per second until the last one completes, with `AT_ONCE` under way. Waiting for what is lost does
        not count."""
        started, ends = time.perf_counter(), list[float]()

        def ended() -> None:
            do()
            ends.append(time.perf_counter())

        for done in [self._threads.submit(ended) for _ in range(count)]:
            with suppress(LostError, StuckError):
                done.result()
        self.lost += count - len(ends)
        return len(ends) / (max(ends) - started) if ends else 0.0
