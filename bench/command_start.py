"""`tegata --help` against its limit of 150 ms, and beside a bare interpreter in the same run."""

from __future__ import annotations

import sys

from bench.measure import TEGATA, Figure, median, run

LIMIT_MS = 150.0


def figures() -> list[Figure]:
    run(TEGATA, "--help")  # compiles the modules once
    ours, bare = [], []
    for _ in range(9):
        ours.append(run(TEGATA, "--help"))
        bare.append(run(sys.executable, "-c", "pass"))
    print(f"  bare interpreter: {median(bare) * 1000:.0f} ms")
    return [Figure("tegata --help", median(ours) * 1000, LIMIT_MS, "ms")]
