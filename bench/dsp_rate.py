"""Negotiations and transfers between two nodes of ours, durable, beside two of Eclipse EDC's, in one run.

TEGATA_BENCH_NEGOTIATIONS (400) of each are made between ours, a tenth as many between EDC's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.postgres import Server, binaries

from bench.dsp_edc import in_memory, on_postgres
from bench.dsp_figures import HEAD, Pair
from bench.dsp_ours import pair
from bench.measure import Figure

RATE, LATENCY, MEMORY = 10.0, 20.0, 5.0  # how many times better than EDC we want to be


def figures() -> list[Figure]:
    count = int(os.environ.get("TEGATA_BENCH_NEGOTIATIONS", "400"))
    print("  " + HEAD, flush=True)
    ours, *others = [_told(one) for one in _pairs(count)]
    return [figure for other in others if other.name.startswith("EDC") for figure in _beside(ours, other)]


def _pairs(count: int) -> Iterator[Pair]:
    """Ours first, then whatever else this machine can run."""
    yield pair("Tegata, SQLite, synced", count)
    if binaries() is not None:
        yield _ours_on_postgres(count)
    yield in_memory("EDC, in memory", count // 10)
    if binaries() is not None:
        yield on_postgres("EDC, PostgreSQL", count // 10)


def _ours_on_postgres(count: int) -> Pair:
    server = Server()
    try:
        return pair("Tegata, PostgreSQL, synced", count, server.url)
    finally:
        server.remove()


def _told(one: Pair) -> Pair:
    print(f"  {one}", flush=True)
    return one


def _beside(ours: Pair, other: Pair) -> Iterator[Figure]:
    """Each as a share of what the goal allows us: at most 1."""
    name = other.name
    yield Figure(f"negotiations: {RATE:.0f} x {name} / ours", RATE * other.negotiations / ours.negotiations, 1.0, "x")
    yield Figure(f"with transfer: {RATE:.0f} x {name} / ours", RATE * other.transfers / ours.transfers, 1.0, "x")
    yield Figure(f"latency, p50: {LATENCY:.0f} x ours / {name}", LATENCY * ours.p50_ms / other.p50_ms, 1.0, "x")
    yield Figure(f"latency, p99: {LATENCY:.0f} x ours / {name}", LATENCY * ours.p99_ms / other.p99_ms, 1.0, "x")
    yield Figure(f"memory: {MEMORY:.0f} x ours / {name}", MEMORY * ours.memory_mb / other.memory_mb, 1.0, "x")
