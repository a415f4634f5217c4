"""Publishing the registry: a list is logged, and carries the proof of that."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from tegata.evidence import EvidenceLog
from tegata.model.evidence import Entry
from tegata.model.trusted_list import TrustedList
from tegata.registry.acts import SUBJECT, recorded_acts
from tegata.store import Transaction
from tegata.store import log as rows
from tegata.trust.accreditation import Register, list_digest, make_list
from tegata.trust.accreditation.listing import LISTED, Plan, carrying

MAX_DAYS: Final = 184  # six months (TS 119 612 clause 5.3.15)


def draft(tx: Transaction, now: dt.datetime, days: int) -> TrustedList:
    """The list as it would be published now; nothing is recorded."""
    plan = Plan(_published(tx) + 1, now, now + dt.timedelta(days=days))
    return make_list(Register.of(recorded_acts(tx)), plan)


def publish(tx: Transaction, evidence: EvidenceLog, now: dt.datetime, days: int) -> TrustedList:
    """The next list, good for some days, with its own inclusion proof; whoever publishes it signs it."""
    made = draft(tx, now, days)
    body = {"list": list_digest(made), "sequence": made.sequence}
    index, entry = evidence.record(tx, LISTED, SUBJECT, body, now)
    return carrying(made, entry, evidence.prove(tx, index))


def _published(tx: Transaction) -> int:
    """Number of the last list."""
    entries = (msgspec.json.decode(data, type=Entry) for _, data in rows.of_subject(tx, SUBJECT))
    return max((int(entry.body["sequence"]) for entry in entries if entry.kind == LISTED), default=0)
