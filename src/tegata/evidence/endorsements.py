"""Which ML-DSA-44 keys speak for logs and witnesses: learned once, and recorded, so that the log says since when.

The day Ed25519 can be forged, a new endorsement proves nothing; one that an earlier, time-stamped entry names does.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

from tegata.evidence.log import EvidenceLog
from tegata.evidence.rolls import keys_of
from tegata.log import SignatureLine, cosign, endorse, endorsed
from tegata.model.base import sha256
from tegata.store import Transaction, witnesses
from tegata.trust import MlDsaKey, MlDsaPublicKey, PublicKey, SigningKey, encode_did

KIND: Final = "key_endorsed"
KEYS_PATH: Final = "/tlog/keys"
"""Beside the protocol address: the endorsement that a node publishes."""


def learn(tx: Transaction, evidence: EvidenceLog, name: str, note: str, at: dt.datetime) -> MlDsaPublicKey:
    """The key that an endorsement by the newest key of a name names; the first by each is kept, with an entry.

    Raises VerificationError.
    """
    signer = keys_of(tx, name).current
    _read(signer, note)
    digest = sha256(note.encode())
    if witnesses.put_endorsement(tx, digest, name, encode_did(signer.raw), note):
        evidence.record(tx, KIND, name, {"endorsement": digest}, at)
    return _read(signer, witnesses.endorsement(tx, name, encode_did(signer.raw)) or note)


def key_of(tx: Transaction, name: str, size: int | None = None) -> MlDsaPublicKey | None:
    """The ML-DSA-44 key of a log or witness, if this node knows one: the newest, or that for checkpoints of a size."""
    keys = keys_of(tx, name)
    signer = keys.current if size is None else keys.at(size)
    note = witnesses.endorsement(tx, name, encode_did(signer.raw))
    return _read(signer, note) if note is not None else None


def _read(signer: PublicKey, note: str) -> MlDsaPublicKey:
    """The key that another key endorses. Raises VerificationError."""
    return MlDsaPublicKey(endorsed(note, signer.did, signer))


class LogKeys(NamedTuple):
    """The two keys that speak for this node's log, and for the node as a witness of others."""

    first: SigningKey  # Ed25519; its name is that of both
    second: MlDsaKey

    @property
    def did(self) -> str:
        return self.first.did

    def endorse(self, tx: Transaction, evidence: EvidenceLog, at: dt.datetime) -> str:
        """The note by which the first key endorses the second; in the log from its first time on."""
        known = witnesses.endorsement(tx, self.did, encode_did(self.first.raw))
        if known is not None:
            return known
        note = endorse(self.did, self.first, self.second.raw)
        learn(tx, evidence, self.did, note, at)
        return note

    def seconded(self, note: str, at: dt.datetime) -> SignatureLine:
        """The ML-DSA-44 line under a checkpoint."""
        return cosign(note, self.did, self.second, int(at.timestamp()))

    def cosigned(self, note: str, at: dt.datetime) -> tuple[SignatureLine, SignatureLine]:
        """The cosignatures by both."""
        return cosign(note, self.did, self.first, int(at.timestamp())), self.seconded(note, at)
