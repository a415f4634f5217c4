"""The keys of participants as this node knows them: learned from whoever shows a roll, recorded, and never taken back.

The first roll that comes counts. One that contradicts it proves that a key of the name is in two hands; it is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from tegata.evidence.log import EvidenceLog
from tegata.log import Roll
from tegata.model.base import sha256
from tegata.store import Transaction, participants, witnesses
from tegata.trust import KeyHistory, follow, joined

KIND: Final = "key_rolled"
ROLLS_HEADER: Final = "tegata-rolls"
"""In a submission to a witness: the rolls of the log's key, base64 of one note after the other."""


def keys_of(tx: Transaction, name: str) -> KeyHistory:
    """The keys of a name, as far as this node knows them. Raises VerificationError for what is no did:key."""
    return follow(name, witnesses.rolls(tx, name))


def meet(tx: Transaction, evidence: EvidenceLog, name: str, notes: Sequence[str], at: dt.datetime) -> KeyHistory:
    """The keys of a name after somebody has shown these rolls. What is new of a participant is kept, with an entry.

    Raises VerificationError where they do not follow from each other, or contradict those that are known.
    """
    known = keys_of(tx, name)
    shown = joined(name, known.notes, notes) if notes else known
    if shown == known or participants.get(tx, name) is None:
        return shown
    for note, roll in list(zip(shown.notes, shown.rolls, strict=True))[len(known.rolls) :]:
        keep(tx, evidence, note, roll, at)
    return shown


def is_newest(tx: Transaction, evidence: EvidenceLog, name: str, notes: Sequence[str], at: dt.datetime) -> bool:
    """Whether one who shows these rolls, and no others, has the newest key of the name; what is new of it is kept.

    Raises VerificationError as `meet` does. A name that was never handed on may be of any kind.
    """
    if not notes and not witnesses.rolls(tx, name):
        return True
    return len(meet(tx, evidence, name, notes, at).notes) == len(notes)


def keep(tx: Transaction, evidence: EvidenceLog, note: str, roll: Roll, at: dt.datetime) -> None:
    """Keeps a roll that follows on what is known, with an entry."""
    digest = sha256(note.encode())
    witnesses.put_roll(tx, roll.name, roll.number, digest, note)
    body = {"roll": digest, "number": roll.number, "reason": roll.reason, "successor": roll.successor}
    evidence.record(tx, KIND, roll.name, body, at)
