"""Those who follow the log of a node: where it is published, who cosigns it, who stamps it, and the proofs of these."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.clock import Clock
from tegata.evidence import EvidenceLog, Publisher
from tegata.evidence.cosigning import Cosigning
from tegata.evidence.endorsements import LogKeys
from tegata.evidence.lag import Lag
from tegata.evidence.place import published_at
from tegata.evidence.public_witness import public_witness
from tegata.evidence.scrub import scrub
from tegata.evidence.stamping import Authority, TimeStamping
from tegata.evidence.validation import Validation
from tegata.lists.folder import ListFolder
from tegata.node.config import NodeConfig
from tegata.outbound import Outbound
from tegata.store import Store, Transaction
from tegata.trust.certificates import load_certificates
from tegata.trust.timestamp import pinned


class Followers:
    """Made from the settings of a node. InputError for what they name and cannot be read."""

    def __init__(
        self,
        folder: Path,
        config: NodeConfig,
        store: Store,
        evidence: EvidenceLog,
        keys: LogKeys,
        outbound: Outbound,
        clock: Clock,
    ) -> None:
        settings = config.time_stamps
        late = dt.timedelta(minutes=settings.late_minutes)
        self._store = store
        self._history = keys.first.history
        self.tiles = published_at(config.log, folder)
        self.publisher = Publisher(store, evidence, keys, clock, self.tiles, late=late)
        self.public = [public_witness(one.vkey, one.url) for one in config.witnesses]
        self.cosigning = Cosigning(store, evidence, self._history, self.tiles, outbound, clock, self.public, late=late)
        trusted = [load_certificates(folder / one.certificates) for one in settings.authorities]
        authorities = [
            Authority(one.name, one.url, pinned(known))
            for one, known in zip(settings.authorities, trusted, strict=True)
        ]
        period = dt.timedelta(seconds=settings.every_seconds)
        self.stamping = TimeStamping(
            store, evidence, outbound, clock, authorities, secrets.token_bytes, period=period, late=late
        )
        above = [_der(one) for known in trusted for one in known]
        proofs = folder / settings.proofs
        lists = ListFolder(proofs / "lists").snapshot
        self.validation = Validation(store, outbound, clock, proofs, above, lists)

    def run(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs beside the servers, for ever."""
        own = self.publisher.run(), self.cosigning.run(), self.stamping.run(), self.validation.run()
        return *own, scrub(self._store, self._history, self.tiles)

    def lags(self, tx: Transaction) -> list[Lag]:
        """How far each has come."""
        return [*self.publisher.lags(tx), *self.stamping.lags(tx), *self.cosigning.lags(tx)]


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
