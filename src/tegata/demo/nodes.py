"""The nodes of the demonstration: separate processes on loopback, always ended with it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tegata.model.base import t
from tegata.model.errors import PeerError
from tegata.node import TimeStampSettings, init_node

GRACE_S = 5.0
PROGRAM = (sys.executable, "-m", "tegata.cli")


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now; all are held until the last is known, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextlib.contextmanager
def running_node(
    folder: Path, name: str, facts: dict[str, Any], time_stamps: TimeStampSettings
) -> Iterator[subprocess.Popen[bytes]]:
    """A new node in `folder`, in its own process, until the block ends however it ends."""
    dsp, management = free_ports(2)
    init_node(folder, name=name, dsp_port=dsp, management_port=management, facts=facts, time_stamps=time_stamps)
    with running(folder, folder / "node.log", "node") as child:
        yield child


@contextlib.contextmanager
def running(folder: Path, log: Path, kind: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server of a folder (`tegata KIND start`), until the block ends however it ends.

    The child watches its standard input: should this process be killed outright, the server stops by itself.
    """
    with log.open("wb") as told:
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*PROGRAM, kind, "start", str(folder), "--while-stdin-open"],
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            start_new_session=True,  # Ctrl-C is for us; we end them in order
        )
    try:
        yield child
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin:
        child.stdin.close()


def refuse_dead(child: subprocess.Popen[bytes], folder: Path) -> None:
    """PeerError with the last lines of its log when a node has ended too early."""
    if child.poll() is None:
        return
    log = (folder / "node.log").read_text(errors="replace").strip().splitlines()
    raise PeerError(
        t(
            f"the node in {folder} stopped (exit code {child.returncode})",
            f"{folder} のノードが停止しました（{child.returncode}）",
        ),
        why=" / ".join(log[-3:]),
    )
