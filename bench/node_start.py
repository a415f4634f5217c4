"""A node's first answer and its memory when idle."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import TEGATA, Figure, resident_mb
from tegata.demo.nodes import free_ports
from tegata.node import init_node

SECONDS_LIMIT, MB_LIMIT = 1.0, 120.0


@contextmanager
def node(
    folder: Path, name: str = "Bench", settings: str = "", **facts: object
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running node; its process and DSP port. `settings`: more lines of its node.yaml."""
    dsp, management = free_ports(2)
    init_node(folder, name=name, dsp_port=dsp, management_port=management, facts=dict(facts))
    with (folder / "node.yaml").open("a") as file:
        file.write(settings)
    child = subprocess.Popen([TEGATA, "node", "start", str(folder)], stderr=subprocess.DEVNULL)
    try:
        yield child, dsp
    finally:
        child.terminate()
        child.wait()


def first_answer(port: int) -> None:
    """Ask for the versions document until it is answered."""
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/.well-known/dspace-version")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()


def figures() -> list[Figure]:
    seconds, memory = [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with node(Path(folder) / "node") as (child, port):
                first_answer(port)
                seconds.append(time.perf_counter() - started)
                time.sleep(0.5)
                memory.append(resident_mb(child.pid))
    return [
        Figure("node: start to first answer (with making its folder)", statistics.median(seconds), SECONDS_LIMIT, "s"),
        Figure("node: resident memory when idle", max(memory), MB_LIMIT, "MB"),
    ]
