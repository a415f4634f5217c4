"""Nodes as real processes that can be killed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tegata.node.config import SETTINGS
from tests.faults.looking import note_moves_of
from tests.nodes import make_node

_PATIENCE = 120  # seconds for a start, on a machine that does much else
PROGRAM = (sys.executable, "-m", "tegata.cli")


def tegata(*words: str, timeout: float = 60) -> tuple[int, Any]:
    """Run a command with `--json`; exit code and document (None when it printed none)."""
    done = subprocess.run([*PROGRAM, *words, "--json"], capture_output=True, text=True, timeout=timeout)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None


class NodeProcess:
    """A node's process: started, killed and started again on the same folder, by a command that takes it.

    The folder is made unless it holds a node already.
    """

    def __init__(
        self, folder: Path, name: str, facts: dict[str, Any], command: tuple[str, ...] = (*PROGRAM, "node", "start")
    ) -> None:
        self.folder = folder
        self._command = command
        if not (folder / SETTINGS).exists():
            make_node(folder, name, facts)
        self.child: subprocess.Popen[bytes] | None = None
        self.memory = 0  # bytes, the most of all its lives that were looked at

    def start(self) -> dict[str, Any]:
        """Start and wait until it answers; what it says of itself."""
        with (self.folder / "node.log").open("ab") as log:
            self.child = subprocess.Popen([*self._command, str(self.folder)], stdout=log, stderr=log)
        words = ("node", "status", "--wait", str(_PATIENCE), "--node", str(self.folder))
        code, document = tegata(*words, timeout=2 * _PATIENCE)
        if code:
            raise AssertionError((self.folder / "node.log").read_text())
        return dict(document)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        if self.child:
            self.weigh()
            self.child.kill()
            self.child.wait()

    def weigh(self) -> None:
        """Note how much memory it has had at most (`VmHWM`, proc_pid_status(5))."""
        if self.child and self.child.poll() is None:
            status = Path(f"/proc/{self.child.pid}/status").read_text()
            most = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
            self.memory = max(self.memory, int(most.split()[1]) << 10)

    def knows(self, other: dict[str, Any], name: str, facts: dict[str, Any]) -> None:
        path = self.folder / f"{name}.facts.yaml"
        path.write_text(json.dumps(facts))
        code, _ = tegata(
            *("node", "peer", "add", other["id"], "--name", name, "--url", other["url"]),
            *("--facts-file", str(path), "--node", str(self.folder)),
        )
        assert code == 0

    def publish(self, path: Path, facts: dict[str, Any], *more: str, seconds: float = 60) -> str:
        stated = path.with_suffix(".flow.yaml")
        stated.write_text(json.dumps(facts))
        words = ("publish", str(path), "--facts", str(stated), "--node", str(self.folder), *more)
        code, document = tegata(*words, timeout=seconds)
        assert code == 0, document
        return str(document["dataset"]["id"])

    def log_is_whole(self) -> int:
        """Entries in the evidence log, after recomputing all of it."""
        code, document = tegata("node", "log", "check", "--node", str(self.folder))
        assert code == 0, document
        return int(document["size"])


@contextlib.contextmanager
def two_nodes(
    folder: Path, provider: dict[str, Any], recipient: dict[str, Any]
) -> Iterator[tuple[NodeProcess, NodeProcess]]:
    """A provider and a consumer that know each other."""
    a, b = NodeProcess(folder / "a", "Provider", provider), NodeProcess(folder / "b", "Consumer", {})
    try:
        one, two = a.start(), b.start()
        a.knows(two, "Consumer", recipient)
        b.knows(one, "Provider", {})
        for node in (a, b):
            note_moves_of(node.folder)
        yield a, b
    finally:
        a.kill()
        b.kill()


def until(condition: Any, seconds: float) -> bool:
    """Ask again and again, at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
