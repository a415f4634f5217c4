"""A CSV of 1 GB through scan, protect and transfer: peak resident memory of every process, against 400 MB."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from bench.measure import TEGATA, Figure, peak_of_tree, resident_mb, run
from bench.node_start import node
from tegata.demo.hospital import write_register
from tegata.demo.scenario import load_scenario

GIGABYTE, LIMIT_MB = 1_000_000_000, 400.0
PLAN = """
steps:
  - {op: drop, column: 氏名}
  - {op: pseudonymise, column: my_number}
  - {op: generalise, column: birth_date, to: year}
"""


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = big_table(folder)
        size = table.stat().st_size / 1e6
        print(f"  the table: {size:,.0f} MB")
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        scan = run(TEGATA, "scan", str(table), "--json")
        out = str(folder / "protected.csv")
        protect = run(TEGATA, "protect", str(table), "--out", out, "--plan", str(folder / "plan.yaml"))
        if scan.code or protect.code:
            raise SystemExit(f"scan ended with {scan.code}, protect with {protect.code}")
        Path(out).unlink()
        print(f"  scan {size / scan.seconds:,.0f} MB/s, in {scan.cpu_seconds:,.0f} s of all cores")
        print(f"  protect {size / protect.seconds:,.0f} MB/s, in {protect.cpu_seconds:,.0f} s of all cores")
        provider, consumer, seconds = transfer(folder, table)
        print(f"  publish, agree, protect, transfer and verify: {seconds:,.1f} s")
    return [
        Figure("1 GB: peak memory of tegata scan", scan.peak_mb, LIMIT_MB, "MB"),
        Figure("1 GB: peak memory of tegata protect", protect.peak_mb, LIMIT_MB, "MB"),
        Figure("1 GB: peak memory of the provider's node and its workers", provider, LIMIT_MB, "MB"),
        Figure("1 GB: peak memory of the consumer's node", consumer, LIMIT_MB, "MB"),
    ]


def big_table(folder: Path, size: int = GIGABYTE) -> Path:
    """The synthetic register, its records repeated up to so many bytes."""
    small, big = folder / "small.csv", folder / "big.csv"
    write_register(small)
    header, _, records = small.read_bytes().partition(b"\n")
    with big.open("wb") as file:
        file.write(header + b"\n")
        while file.tell() < size:
            file.write(records)
    return big


def transfer(folder: Path, table: Path) -> tuple[float, float, float]:
    """Peak memory in MB of the provider's node with the processes that work for it, and of the consumer's node; the
    seconds from publishing to the verified passport."""
    scenario = load_scenario()
    with (
        node(folder / "a", "Provider", **scenario.provider.stated()) as (provider, _),
        node(folder / "b", "Consumer") as (consumer, _),
    ):
        introduce(folder, scenario.recipient.at("DE").stated())
        facts = folder / "people.yaml"
        facts.write_text(json.dumps(scenario.people))
        started = time.perf_counter()
        with peak_of_tree(provider.pid) as peak:
            published = call("publish", str(table), "--facts", str(facts), "--node", str(folder / "a"))
            dataset = published["dataset"]["id"]
            call("get", dataset, "--from", "Provider", "--node", str(folder / "b"), "--out", str(folder / "received"))
        seconds = time.perf_counter() - started
        print(f"  the provider's node alone: {resident_mb(provider.pid, 'VmHWM'):,.0f} MB at most")
        return peak[0], resident_mb(consumer.pid, "VmHWM"), seconds


def introduce(folder: Path, recipient: dict[str, object]) -> None:
    """The two nodes enter each other into their registers."""
    facts, nobody = folder / "recipient.yaml", folder / "nobody.yaml"
    facts.write_text(json.dumps(recipient))
    nobody.write_text("{}")
    one, two = (call("node", "status", "--wait", "10", "--node", str(folder / name)) for name in ("a", "b"))
    for at, peer, name, stated in (("a", two, "Consumer", facts), ("b", one, "Provider", nobody)):
        call(
            *("node", "peer", "add", str(peer["id"]), "--name", name, "--url", str(peer["url"])),
            *("--facts-file", str(stated), "--node", str(folder / at)),
        )


def call(*words: str) -> dict[str, dict[str, str]]:
    done = subprocess.run([TEGATA, *words, "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tegata {' '.join(words)}: {done.stderr}")
    return dict(json.loads(done.stdout))
