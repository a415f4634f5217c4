"""The node under test as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.nodes import free_port

_PATIENCE = 30  # seconds until it answers
_ROOT = Path(__file__).parents[2]


@contextmanager
def node_under_test(folder: Path, gap: float = 0) -> Iterator[str]:
    """Its address while the block runs. `gap`: seconds that it lets pass before each move of its own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.conformance.node", str(folder), str(port), str(gap)]
    with (folder / "node.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log)
        try:
            _wait(child, f"http://127.0.0.1:{port}", folder / "node.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait()


def _wait(child: subprocess.Popen[bytes], root: str, log: Path) -> None:
    for _ in range(_PATIENCE * 20):
        if child.poll() is not None:
            break
        try:
            urllib.request.urlopen(root + "/.well-known/dspace-version", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the node does not answer: {log.read_text()}")
