"""A CSV of GIGABYTES (an environment variable; 20 unless it says otherwise) through `tegata protect` to Parquet: peak
memory, against 500 MB. It needs that much room for temporary files, and a quarter of it more."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.big_table import GIGABYTE, PLAN, big_table
from bench.measure import TEGATA, Figure, run

GIGABYTES = int(os.environ.get("GIGABYTES", "20"))
LIMIT_MB = 500.0


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = big_table(folder, GIGABYTES * GIGABYTE)
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        out = str(folder / "protected.parquet")
        protect = run(TEGATA, "protect", str(table), "--out", out, "--plan", str(folder / "plan.yaml"))
        if protect.code:
            raise SystemExit(f"protect ended with {protect.code}")
        print(
            f"  {table.stat().st_size / 1e6 / protect.seconds:,.0f} MB/s, in {protect.cpu_seconds:,.0f} s of all cores"
        )
    return [Figure(f"{GIGABYTES} GB: peak memory of tegata protect", protect.peak_mb, LIMIT_MB, "MB")]
