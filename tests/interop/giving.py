"""EDC takes, our node gives."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.processes import NodeProcess, tegata, until
from tests.interop.connector import GONE, Connector, Party, state_at
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal


@dataclass(frozen=True)
class Giving:
    """Our node as EDC's provider. Each scenario tells, one by one, what has held."""

    node: NodeProcess
    own: Party
    edc: Connector
    folder: Path

    def takes(self) -> Iterator[str]:
        table = postal(self.folder / "postal.csv")
        negotiation, transfer = self._started(self.node.publish(table, OPEN))
        yield "EDC reads our catalogue"
        assert self._ours("negotiations", negotiation) == "FINALIZED"
        yield "the negotiation is FINALIZED at both"
        assert self._ours("transfers", transfer) == "STARTED"
        yield "the transfer is STARTED at both"
        data, passport = self.folder / "got.csv", self.folder / "got.passport.jws"
        data.write_bytes(self._fetched(transfer))
        assert data.read_text().split() == table.read_text().split()
        yield "the data comes as it was published"
        reference = self.edc.reference(transfer["@id"])
        passport.write_bytes(_get(reference["passport"], reference["authorization"]))
        _, verified = tegata("verify", str(passport), str(data))
        assert not [check for check in verified["checks"] if check["verdict"] == "failed"]
        yield "no check of its passport fails"
        self.edc.complete(transfer["@id"])
        self._ends(transfer, "COMPLETED")
        yield "the transfer is COMPLETED at both"

    def pauses(self) -> Iterator[str]:
        _, transfer = self._started(self.node.publish(postal(self.folder / "paused.csv"), OPEN))
        held = self.edc.reference(transfer["@id"])
        self.edc.suspend(transfer["@id"])
        self._ends(transfer, "SUSPENDED")
        yield "EDC suspends: SUSPENDED at both"
        assert _status(held) == 503
        yield "a suspended transfer gives no data"
        self.edc.resume(transfer["@id"])
        self.edc.transfer(
            transfer["@id"], "RESUMED"
        )  # and stays so: it waits for a second start, which DSP does not draw
        assert self._ours("transfers", transfer) == "STARTED"
        assert _status(held) == 200
        yield "EDC resumes: STARTED at our node, and the data comes"

    def ends(self) -> Iterator[str]:
        _, transfer = self._started(self.node.publish(postal(self.folder / "ended.csv"), OPEN))
        held = self.edc.reference(transfer["@id"])
        self.edc.terminate(transfer["@id"])
        self._ends(transfer, "TERMINATED")
        yield "EDC terminates: TERMINATED at both"
        assert _status(held) == 404
        yield "a terminated transfer gives no data"

    def conditions(self) -> Iterator[str]:
        _, transfer = self._started(self.node.publish(patients(self.folder / "patients.csv"), ENTRUSTED))
        yield "EDC agrees to an offer with duties, term by term"
        assert b"@example.org" not in self._fetched(transfer)
        yield "what comes is protected as agreed"

    def refuses(self) -> Iterator[str]:
        dataset = self.node.publish(patients(self.folder / "unknown.csv"), {})
        negotiation = self.edc.request(self.own, self._entry(dataset))
        ended = self.edc.negotiation(negotiation, "TERMINATED")
        assert self._ours("negotiations", ended) == "TERMINATED"
        yield "what may not go is refused: TERMINATED at both"

    def _entry(self, dataset: str) -> dict[str, Any]:
        return next(entry for entry in self.edc.catalogue(self.own) if entry["@id"] == dataset)

    def _started(self, dataset: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Negotiation and transfer, as EDC has them."""
        asked = self.edc.request(self.own, self._entry(dataset))
        negotiation = self.edc.negotiation(asked, "FINALIZED", "TERMINATED")
        assert negotiation["state"] == "FINALIZED", negotiation
        transfer = self.edc.pull(self.own, negotiation["contractAgreementId"])
        return negotiation, self.edc.transfer(transfer, "STARTED")

    def _ours(self, kind: str, process: dict[str, Any]) -> str:
        """The state of the same process at our node, as the protocol tells it to EDC."""
        return state_at(self.own, kind, process["correlationId"], self.edc.party.id)

    def _ends(self, transfer: dict[str, Any], state: str) -> None:
        self.edc.transfer(transfer["@id"], state, *GONE)
        assert until(lambda: self._ours("transfers", transfer) == state, 10), self._ours("transfers", transfer)

    def _fetched(self, transfer: dict[str, Any]) -> bytes:
        reference = self.edc.reference(transfer["@id"])
        return _get(reference["endpoint"], reference["authorization"])


def _get(url: str, token: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})) as answer:
        return bytes(answer.read())


def _status(reference: dict[str, str]) -> int:
    """What the address answers with when no data comes."""
    try:
        _get(reference["endpoint"], reference["authorization"])
    except urllib.error.HTTPError as error:
        return error.code
    return 200
