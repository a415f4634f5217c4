"""`tegata scan` beside Presidio-structured and DataProfiler on the same columns: processor time per million rows.

It is processor time, so that it holds on a busy machine too: ours is spread over the cores, theirs is mostly of one.
Theirs is what each row costs, without their start (two sizes, the difference counts); ours is of the whole command.
They must be installed (`make judge-scan-peers`, 1.5 GB); who is not is left out.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl
from tests.scan.peers import BUILT, HERE

from bench.measure import TEGATA, Figure, run
from bench.scan_speed import ROWS, write_table


class Peer(NamedTuple):
    """Who, how it is asked, two numbers of rows, and how many times faster we mean to be."""

    name: str
    environment: str
    script: str
    rows: tuple[int, int]
    times: int


PEERS: Final = (
    Peer("Presidio-structured, patterns", "presidio", "presidio_columns.py", (100, 1_100), 5_000),
    Peer("DataProfiler, labels of every row", "dataprofiler", "dataprofiler_columns.py", (1_000, 11_000), 500),
    Peer("DataProfiler, its default sample", "dataprofiler", "dataprofiler_sample.py", (50_000, 150_000), 30),
)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder / "table.parquet")
        table = pl.read_parquet(folder / "table.parquet")
        table.write_csv(folder / "table.csv")
        ours = min(_seconds(TEGATA, "scan", str(folder / "table.csv"), "--json") for _ in range(2)) * 1e6 / ROWS
        print(f"  tegata scan: {ours:.2f} s, {1e6 / ours:,.0f} rows a second of processor time", flush=True)
        return [figure for peer in PEERS for figure in _beside(peer, table, folder, ours)]


def _beside(peer: Peer, table: pl.DataFrame, folder: Path, ours: float) -> list[Figure]:
    python = BUILT / peer.environment / "bin" / "python"
    if not python.exists():
        print(f"  {peer.name} is not installed: `make judge-scan-peers`", file=sys.stderr)
        return []
    took = []
    for rows in peer.rows:
        table.head(rows).write_csv(folder / "part.csv")
        took.append(_seconds(str(python), str(HERE / peer.script), str(folder), "part.csv"))
    theirs = (took[1] - took[0]) / (peer.rows[1] - peer.rows[0]) * 1e6
    print(f"  {peer.name}: {1e6 / theirs:,.0f} rows/s; we are {theirs / ours:,.0f} times as fast", flush=True)
    return [Figure(f"{peer.name}: 1/{peer.times:,} of its time", ours, theirs / peer.times, "s")]


def _seconds(*command: str) -> float:
    done = run(*command)
    if done.code:
        raise SystemExit(f"{command[0]} {command[1]} failed")
    return done.cpu_seconds
