"""The ownership file that a node counts by: loaded, recorded, and asked each time anew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from tegata.evidence import EvidenceLog
from tegata.ledger.group import Control, Groups
from tegata.model.base import Noun, encode, sha256
from tegata.model.catalog import Participant
from tegata.rules.ownership import groups, read_ownership
from tegata.store import Transaction, participants
from tegata.store import control as rows
from tegata.store.control import Version
from tegata.tables import read_document

_DECODER: Final = msgspec.json.Decoder(Control)


class Controlled(Noun, frozen=True, kw_only=True):
    """A participant, whether the ownership file lists it, and the names of others that count together with it."""

    id: str
    name: str
    listed: bool
    together_with: tuple[str, ...]


class ControlReport(Noun, frozen=True, kw_only=True):
    """What an ownership file makes of the participants of the register. `digest`: of what it says of control, as the
    log has it; `groups`: how many of two entities or more; `version`: 0 where none is loaded, or this one is not."""

    version: int
    digest: str
    entities: int
    groups: int
    participants: tuple[Controlled, ...]


def control_from(path: Path) -> Control:
    """What an ownership file, with the tables that it names beside it, says of common control.

    Raises:
        InputError: one of them cannot be read.
        FactError: they do not make sense.
    """
    ownership = read_ownership(read_document(path), lambda name: read_document(path.parent / name))
    return Control(groups=tuple(sorted(tuple(sorted(group)) for group in groups(ownership.graph))))


class CommonControl:
    """Every method works inside the caller's transaction. What was loaded holds from the next one on, for every replica
    of the node."""

    def __init__(self, evidence: EvidenceLog) -> None:
        self._evidence = evidence
        self._read: tuple[Version | None, Groups] = (None, Groups(Control()))

    def members(self, tx: Transaction, participant: Participant) -> list[str]:
        """Ids of the participant and of all that count together with it."""
        groups = self._groups(tx)
        if groups.stands_alone(participant):
            return [participant.id]
        return sorted(groups.together((*participants.all_known(tx), participant))[participant.id])

    def load(self, tx: Transaction, control: Control, now: dt.datetime) -> ControlReport:
        """From now on people are counted by this; with an entry in the log."""
        version = rows.put(tx, encode(control))
        body = {"control": version.digest, "version": version.number}
        self._evidence.record(tx, "control_loaded", version.digest, body, now)
        return report(tx, control, version.number)

    def loaded(self, tx: Transaction) -> ControlReport:
        """By what people are counted now."""
        version = rows.newest(tx)
        return report(tx, _control(tx, version), version.number if version else 0)

    def _groups(self, tx: Transaction) -> Groups:
        version = rows.newest(tx)
        if version != self._read[0]:
            self._read = (version, Groups(_control(tx, version)))
        return self._read[1]


def _control(tx: Transaction, version: Version | None) -> Control:
    return _DECODER.decode(rows.get(tx, version)) if version else Control()


def report(tx: Transaction, control: Control, version: int = 0) -> ControlReport:
    """What it makes of the participants of the register."""
    found, known = Groups(control), participants.all_known(tx)
    together = found.together(known)
    names = {participant.id: participant.name for participant in known}
    return ControlReport(
        version=version,
        digest=sha256(encode(control)),
        entities=sum(map(len, control.groups)),
        groups=sum(len(group) > 1 for group in control.groups),
        participants=tuple(
            Controlled(
                id=one.id,
                name=one.name,
                listed=found.lists(one),
                together_with=tuple(names[other] for other in sorted(together[one.id]) if other != one.id),
            )
            for one in known
        ),
    )
