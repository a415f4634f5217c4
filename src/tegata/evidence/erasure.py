"""Making one entry unreadable because the law asks for it: its leaf stays, what it said goes."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from tegata.evidence.log import EvidenceLog
from tegata.log import commitment, is_commitment
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Transaction
from tegata.store import log as rows

_PUBLIC: Final = frozenset({"accreditation", "trusted_list"})


def readable(tx: Transaction, index: int) -> Entry:
    """The entry, as it can still be read. UsageError when there is none, or none that may become unreadable."""
    data = rows.entry(tx, index)
    if data is None:
        raise UsageError(t(f"there is no entry `{index}`", f"エントリー `{index}` はありません"))
    if is_commitment(data):
        raise UsageError(t(f"entry `{index}` is unreadable already", f"エントリー `{index}` は既に読めません"))
    entry = msgspec.json.decode(data, type=Entry)
    if entry.kind in _PUBLIC:
        raise UsageError(
            t(
                f"entry `{index}` is an act of the accreditation registry",
                f"エントリー `{index}` は認定登録簿の行為です",
            ),
            why=t(
                "the register rests on all of them, and they are published",
                "登録簿はそのすべてに基づき、公表されています",
            ),
            hint=t("take an act that puts it right", "正しい内容の行為を新たに登録してください"),
        )
    return entry


def erase(tx: Transaction, evidence: EvidenceLog, index: int, reason: str, at: dt.datetime) -> Entry:
    """Put the commitment in the place of the entry, and record that and why; the entry as it was.

    Proofs and copies that others hold stay as they are. Raises UsageError as `readable` does.
    """
    entry = readable(tx, index)
    rows.replace(tx, index, commitment(rows.entry(tx, index) or b""))
    evidence.record(tx, "entry_erased", str(index), {"index": index, "kind": entry.kind, "reason": reason}, at)
    return entry
