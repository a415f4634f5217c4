"""The whole demonstration against its limit of 20 s on two cores."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import TEGATA, Figure, run

LIMIT_S = 20.0


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        done = run(TEGATA, "demo", "--out", str(Path(folder) / "demo"))
    if done.code:
        raise SystemExit(f"the demo ended with {done.code}")
    return [Figure("tegata demo: three nodes, two data sets, one refusal", done.seconds, LIMIT_S, "s")]
