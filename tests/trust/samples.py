"""A sound passport with a small log behind it, and ways to make it unsound in one respect."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tegata.log import commitment, prove_entry, root, sign_checkpoint
from tegata.model.base import encode, sha256, t
from tegata.model.decision import Citation, Condition, Outcome
from tegata.model.evidence import Entry, InclusionProof, ObligationMet, Passport, ProfileSummary, RuleSummary
from tegata.trust import PASSPORT_VERSION, SigningKey, release_body
from tests.log.memory import MemoryLog, numbered

KEY = SigningKey.generate(bytes([7]) * 32)
OTHER = SigningKey.generate(bytes([8]) * 32)
RECIPIENT = SigningKey.generate(bytes([9]) * 32)
TRUSTED = {KEY.did: "example hospital"}
DATA = "名前,year\nexample,1980\n".encode()
AT_HAND = (sha256(DATA), len(DATA))
RELEASED = dt.datetime(2026, 11, 25, 1, 2, 3, 456789, tzinfo=dt.UTC)

CONDITION = Condition(
    verb="drop",
    params={"columns": ["name"], "ratio": 0.5, "n": 3},
    means=("drop",),
    rule="jp.appi.28-1",
    pack="jp.appi",
    citations=(Citation(ref="APPI Art. 28(1)"),),
    say=t("drop the names", "氏名を除く"),
)
FIELDS: dict[str, Any] = {
    "version": PASSPORT_VERSION,
    "id": "urn:uuid:6f1c8bfa-0000-4000-8000-000000000001",
    "issued_at": RELEASED + dt.timedelta(seconds=2),
    "provider": KEY.did,
    "recipient": RECIPIENT.did,
    "dataset": "urn:uuid:6f1c8bfa-0000-4000-8000-000000000002",
    "title": t("a register", "登録簿"),
    "source_digest": sha256(b"source"),
    "data_digest": AT_HAND[0],
    "data_size": AT_HAND[1],
    "data_format": "csv",
    "profile": ProfileSummary(rows=1, columns=2, categories=("identifier.contact",), subjects={"health": 1}),
    "outcome": Outcome.ALLOW_WITH_CONDITIONS,
    "decision_digest": sha256(b"decision"),
    "as_of": dt.date(2026, 11, 25),
    "known_on": dt.date(2026, 11, 25),
    "packs": (
        RuleSummary(
            pack="jp.appi",
            version="1",
            digest=sha256(b"pack"),
            outcome=Outcome.ALLOW_WITH_CONDITIONS,
            rules=("jp.appi.28-1",),
            citations=("APPI Art. 28(1)",),
        ),
    ),
    "obligations": (ObligationMet(condition=CONDITION, how=t("dropped", "除きました"), met=True),),
    "agreement": "urn:uuid:6f1c8bfa-0000-4000-8000-000000000003",
    "agreement_digest": sha256(b"agreement"),
    "transfer": "urn:uuid:6f1c8bfa-0000-4000-8000-000000000004",
}


def release_entry(fields: dict[str, Any]) -> Entry:
    bound = ("data_digest", "data_size", "decision_digest", "agreement_digest", "recipient")
    body = release_body(**{name: fields[name] for name in bound})
    return Entry(kind="release", at=RELEASED, subject=fields["transfer"], body=body, salt="c2FsdHNhbHRzYWx0c2FsdA")


def logged(entry: Entry, *, key: SigningKey = KEY, origin: str = "", after: int = 3) -> InclusionProof:
    """The proof of an entry with five before and `after` behind it, in a log called by its key or by `origin`."""
    log = MemoryLog([*numbered(5), commitment(encode(entry)), *numbered(after)])
    size = len(log.entries)
    checkpoint = sign_checkpoint(origin or key.did, size, root(size, log.read), key)
    return prove_entry(5, checkpoint, log.read)


def sound(**changes: Any) -> Passport:
    """A passport whose entry and proof agree with its fields; `entry` and `proof` among the changes replace them."""
    fields = FIELDS | changes
    entry = fields.pop("entry", None) or release_entry(fields)
    proof = fields.pop("proof", None) or logged(entry)
    return Passport(**fields, entry=entry, proof=proof)


def but(value: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(value, **changes)
