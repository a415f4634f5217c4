"""A broker of MQTT that others wrote (Eclipse Mosquitto), for the tests of a process; they skip where there is none."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.nodes import free_port

MISSING = "no Mosquitto here: `apt-get install mosquitto`, or `make judge-brokers` once"
UNPACKED = Path(__file__).parents[2] / "build" / "mosquitto"
"""Where `make judge-brokers` unpacks the package."""
_LIBRARIES = UNPACKED / "usr/lib/x86_64-linux-gnu"


def program() -> str:
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:{UNPACKED / 'usr/sbin'}"
    return shutil.which("mosquitto", path=places) or ""


@dataclass
class Mosquitto:
    """One that runs, on loopback. `settings`: more lines of its configuration."""

    folder: Path
    settings: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.configure(*self.settings)
        known = {**os.environ, "LD_LIBRARY_PATH": str(_LIBRARIES)}
        words = [program(), "-c", str(self.folder / "mosquitto.conf")]
        self.child = subprocess.Popen(words, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise AssertionError("mosquitto does not start")

    def configure(self, *settings: str) -> None:
        """Other settings than before, which a broker that runs takes over."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = ["user root", "allow_anonymous true", f"listener {self.port} 127.0.0.1", *settings]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        if self.child:
            self.child.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None


@contextlib.contextmanager
def running(folder: Path, *settings: str) -> Iterator[Mosquitto]:
    if not program():
        pytest.skip(MISSING)
    broker = Mosquitto(folder, list(settings))
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
