"""What every service of a node works with."""

from __future__ import annotations

from dataclasses import dataclass

from tegata.clock import Clock
from tegata.evidence import EvidenceLog
from tegata.exchange.courier import Courier
from tegata.exchange.worker import Worker
from tegata.identity import Authentication
from tegata.store import Store
from tegata.trust import SigningKey


@dataclass(frozen=True)
class Home:
    """One node as its services see it. `url` is its DSP base, which is also its callback address."""

    store: Store
    evidence: EvidenceLog
    courier: Courier
    worker: Worker
    clock: Clock
    authentication: Authentication
    key: SigningKey
    url: str

    @property
    def did(self) -> str:
        """The participant id of the node."""
        return self.key.did
