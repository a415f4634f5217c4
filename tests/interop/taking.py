"""EDC gives, our node takes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.faults.processes import PROGRAM, NodeProcess, tegata
from tests.interop.connector import GONE, Connector, state_at
from tests.interop.source import TABLE, Source

IN_FORCE: Final = "https://w3id.org/edc/v0.0.1/ns/inForceDate"


@dataclass(frozen=True)
class Taking:
    """Our node as EDC's consumer. Each scenario tells, one by one, what has held."""

    node: NodeProcess
    did: str
    edc: Connector
    source: Source
    folder: Path

    def takes(self) -> Iterator[str]:
        self.edc.offer("plain", self.source.url)
        _, found = tegata("find", "plain", "--from", "EDC", "--node", str(self.node.folder))
        assert [item["id"] for item in found["items"]] == ["plain"]
        yield "we read EDC's catalogue"
        got = self._got("plain")
        yield "the negotiation is FINALIZED, and the transfer done, at our node"
        assert Path(got["data"]).read_bytes() == TABLE
        yield "the data comes as it lies at its source"
        assert (got["verdict"], got["passport"]) == ("no-passport", "")
        yield "that nobody vouches for it is said"
        self._ends("plain", "COMPLETED")
        yield "the transfer is COMPLETED at EDC"

    def constraints(self) -> Iterator[str]:
        since = {"leftOperand": IN_FORCE, "operator": "gteq", "rightOperand": "2020-01-01T00:00:00Z"}
        self.edc.offer("since", self.source.url, since)
        code, answer = self._get("since")
        assert (code, "inForceDate" in answer["detail"]) == (1, True), answer
        yield "an offer under a limit that we cannot keep comes to no agreement, and the limit is named"

    def pauses(self) -> Iterator[str]:
        self.edc.offer("paused", self.source.url + "held")
        with self._getting("paused") as child:
            self.edc.suspend(self._given("paused"))
            self._ends("paused", "SUSPENDED")
            yield "EDC suspends while we fetch"
            self.source.released.set()
            self.edc.resume(self._given("paused"))
            assert child.wait(60) == 0
            yield "EDC resumes: the data comes"
        self._ends("paused", "COMPLETED")
        yield "the transfer is COMPLETED at EDC"

    def ends(self) -> Iterator[str]:
        self.source.hold()
        self.edc.offer("ended", self.source.url + "held")
        with self._getting("ended") as child:
            self.edc.terminate(self._given("ended"))
            self._ends("ended", "TERMINATED")
            self.source.released.set()
            assert child.wait(60) == 1
        yield "EDC terminates while we fetch: nothing is kept"

    def _get(self, asset: str) -> tuple[int, Any]:
        out = str(self.folder / asset)
        return tegata("get", asset, "--from", "EDC", "--node", str(self.node.folder), "--out", out)

    def _got(self, asset: str) -> dict[str, Any]:
        code, answer = self._get(asset)
        assert code == 0, answer
        return dict(answer)

    @contextmanager
    def _getting(self, asset: str) -> Iterator[subprocess.Popen[bytes]]:
        """`tegata get` as a process, from the moment on at which EDC is asked for the bytes."""
        out = str(self.folder / asset)
        words = ("get", asset, "--from", "EDC", "--node", str(self.node.folder), "--out", out, "-q")
        child = subprocess.Popen([*PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert self.source.asked.wait(60)
            yield child
        finally:
            child.kill()
            child.wait()

    def _given(self, asset: str) -> str:
        (transfer,) = self.edc.transfers_of(asset)
        return str(transfer["@id"])

    def _ends(self, asset: str, state: str) -> None:
        """The transfer comes to this state at EDC, as the protocol tells it to us."""
        given = self._given(asset)
        self.edc.transfer(given, state, *GONE)
        assert state_at(self.edc.party, "transfers", given, self.did) == state
