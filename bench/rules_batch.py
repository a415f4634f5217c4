"""A company's whole record of transfers: 1,000,000 different flows from file to file, on every core of the machine."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from pathlib import Path

import polars as pl

from bench.measure import TEGATA, Figure, run
from bench.rules_flows import table_flow
from bench.rules_speed import DENIED
from tegata.rules import read_flow

ROWS = 1_000_000


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "flows.parquet", Path(folder) / "decisions.parquet"
        apart = multiprocessing.get_context("spawn").Process(target=write, args=(table,))
        apart.start()  # a child's peak memory begins with that of its parent
        apart.join()
        load = os.getloadavg()[0]
        started = time.perf_counter()
        done = run(TEGATA, "decide", "--batch", str(table), "--out", str(out), "-q")
        seconds = time.perf_counter() - started
        decided = pl.read_parquet(out, columns=["outcome", "error"])
    counts = dict(sorted(decided["outcome"].value_counts().iter_rows()))
    print(f"  {counts}; {len(os.sched_getaffinity(0))} cores, on which others were busy with {load:.1f} before")
    if decided.height != ROWS or decided["error"].null_count() != ROWS:
        raise AssertionError(f"not every row was decided: exit code {done.code}")
    return [
        Figure("1,000,000 flows", seconds, 60, "s"),
        Figure("processor time of all processes for a flow", done.cpu_seconds / ROWS * 1e6, 100, "us"),
        Figure("largest process", done.peak_mb, 400, "MB"),
    ]


def write(table: Path) -> None:
    flows().write_parquet(table)


def flows() -> pl.DataFrame:
    """Every row has numbers of its own, so that no answer can be used twice."""
    drawn, elsewhere = random.Random(1), read_flow(DENIED).facts
    stated = {name: text(fact.value) for name, fact in elsewhere.items() if not name.endswith(("_person", "persons"))}
    some = [{**stated, **{name: text(value) for name, value in table_flow(drawn).items()}} for _ in range(5000)]
    frame = pl.DataFrame(some * (ROWS // len(some)), infer_schema_length=None)
    people = pl.Series("subjects.us_persons", [f"health={drawn.randrange(10**9)}, identifier={n}" for n in range(ROWS)])
    return frame.with_columns(people, pl.Series("id", range(ROWS)).cast(pl.String))


def text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value) or "none"
        case dict():
            return ", ".join(f"{name}={n}" for name, n in value.items()) or "none"
    return str(value)
