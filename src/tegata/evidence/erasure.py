"""Making one entry unreadable because the law asks for it: its leaf stays, what it said goes."""

from __future__ import annotations

import datetime as dt

import msgspec

from tegata.evidence.log import EvidenceLog
from tegata.log import commitment, is_commitment
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Transaction
from tegata.store import log as rows


def readable(tx: Transaction, index: int) -> Entry:
    """The entry, as it can still be read. UsageError when there is none or it is unreadable already."""
    data = rows.entry(tx, index)
    if data is None:
        raise UsageError(t(f"there is no entry `{index}`", f"エントリー `{index}` はありません"))
    if is_commitment(data):
        raise UsageError(t(f"entry `{index}` is unreadable already", f"エントリー `{index}` は既に読めません"))
    return msgspec.json.decode(data, type=Entry)


def erase(tx: Transaction, evidence: EvidenceLog, index: int, reason: str, at: dt.datetime) -> Entry:
    """Put the commitment in the place of the entry, and record that and why; the entry as it was.

    Proofs and copies that others hold stay as they are. Raises UsageError as `readable` does.
    """
    entry = readable(tx, index)
    rows.replace(tx, index, commitment(rows.entry(tx, index) or b""))
    evidence.record(tx, "entry_erased", str(index), {"index": index, "kind": entry.kind, "reason": reason}, at)
    return entry
