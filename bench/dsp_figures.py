"""What is measured of a pair of connectors that deal with each other."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Rates are of completed ones per second, with `at_once` of them under way; latencies those of one at a time."""

    name: str
    start_s: float  # of one of the two, until it answers
    memory_mb: float  # resident, of one of the two after all that was asked of it
    negotiations: float
    transfers: float  # negotiation, transfer and the bytes
    latencies_ms: tuple[float, ...]
    lost: int = 0  # processes that ended TERMINATED although nobody wished it, or never

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.latencies_ms, n=100, method="inclusive")[-1]

    def __str__(self) -> str:
        rates = f"{self.negotiations:>11.1f}/s {self.transfers:>11.1f}/s"
        latencies = f"{self.p50_ms:>8.1f} ms {self.p99_ms:>8.1f} ms"
        rest = f"{self.start_s:>6.2f} s {self.memory_mb:>6.0f} MB {self.lost:>5}"
        return f"{self.name:<30} {rates} {latencies} {rest}"


_COLUMNS = (
    *((name, 13) for name in ("negotiations", "with transfer")),
    ("p50", 11),
    ("p99", 11),
    ("start", 8),
    ("memory", 9),
    ("lost", 5),
)
HEAD = " " * 30 + "".join(f" {name:>{width}}" for name, width in _COLUMNS)
