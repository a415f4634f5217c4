"""Acts of accreditation in the log. They name organisations and decisions that are to be published, never people."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from tegata.evidence import EvidenceLog
from tegata.model.accreditation import Act, Recorded
from tegata.model.base import encode, t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Transaction
from tegata.store import log as rows
from tegata.trust.accreditation import Register

SUBJECT: Final = "urn:tegata:registry"
KIND: Final = "accreditation"
MAX_ACT: Final = 48 * 1024  # bytes; an entry of the log holds less than 64 KiB (C2SP tlog-tiles)


def recorded_acts(tx: Transaction) -> list[Recorded]:
    """All acts in their order; none of them can be made unreadable."""
    entries = ((index, msgspec.json.decode(data, type=Entry)) for index, data in rows.of_subject(tx, SUBJECT))
    return [
        Recorded(index=index, at=entry.at, act=msgspec.convert(entry.body["act"], Act))
        for index, entry in entries
        if entry.kind == KIND
    ]


def record_act(tx: Transaction, evidence: EvidenceLog, act: Act, now: dt.datetime) -> Recorded:
    """Takes an act and logs it, in one transaction. UsageError when it may not follow those before it."""
    if len(encode(act)) > MAX_ACT:
        raise UsageError(t(f"the act has more than {MAX_ACT} bytes", f"行為が {MAX_ACT} バイトを超えています"))
    Register.of(recorded_acts(tx)).after(act, now)
    index, entry = evidence.record(tx, KIND, SUBJECT, {"act": msgspec.to_builtins(act)}, now)
    return Recorded(index=index, at=entry.at, act=act)
