"""A node whose process comes and goes, and is struck at system calls."""

from __future__ import annotations

import http.client
import json
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tegata.node.config import NodeConfig, host_port, read_config
from tegata.node.run import read_secrets
from tests.faults.looking import look
from tests.faults.nursery import Nursery, ended, signalled
from tests.faults.strike import Page, Strike
from tests.invariants import Side
from tests.nodes import make_node

GONE = (OSError, http.client.HTTPException, ValueError)
"""What a call meets when the node dies of it, perhaps in the middle of its answer."""
_SHUTDOWN = 15.0  # seconds in which a node that is told to stop has stopped


class Victim:
    """A node whose process comes and goes."""

    def __init__(self, nursery: Nursery, folder: Path, name: str, facts: dict[str, Any]) -> None:
        self.folder, self.name = folder, name
        make_node(folder, name, facts)
        self.config: NodeConfig = read_config(folder)
        self.keys = read_secrets(folder)
        self.page = Page(folder / "strikes")
        self.acknowledged: list[str] = []
        self.shown = 0
        self._nursery = nursery
        self.process = 0

    @property
    def running(self) -> bool:
        return not ended(self.process, 0)

    def start(self, strike: Strike | None = None) -> None:
        """Run until it answers, or has ended of the strike."""
        self.page.arm(strike)
        self.process = self._nursery.start(self.folder, self.page.path)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self._answers():
                return
            if ended(self.process, 0.005):
                if strike:
                    return
                raise AssertionError((self.folder / "node.log").read_text()[-3000:])
        raise AssertionError(f"{self.name} neither answers nor ends")

    def stop(self, strike: Strike | None = None) -> None:
        """As an operator stops it."""
        if strike:
            self.page.arm(strike)
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        signalled(self.process, number)
        if not ended(self.process, _SHUTDOWN):
            signalled(self.process, signal.SIGKILL)
            raise AssertionError(f"{self.name} does not stop")

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The operator's interface. OSError or HTTPException when it dies of it."""
        connection = http.client.HTTPConnection(*host_port(self.config.management), timeout=20)
        try:
            content = json.dumps(body).encode() if body is not None else None
            connection.request(method, path, content, {"Authorization": f"Bearer {self.keys.token}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def look(self) -> AbstractContextManager[Side]:
        """What is in its store now."""
        return look(self.folder, self.acknowledged, self.shown)

    def _answers(self) -> bool:
        try:
            return self.call("GET", "/v1/self")[0] == 200
        except GONE:
            return False
