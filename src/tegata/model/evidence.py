"""What can be proven: log entries, checkpoints, inclusion proofs and the passport."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tegata.model.base import Noun, Text
from tegata.model.decision import Condition, Outcome


class Entry(Noun, frozen=True, kw_only=True):
    """One line of the evidence log. Digests and identifiers of processes only; never personal data."""

    kind: str  # dataset_published | decision | agreement | release | delivery | negotiation_terminated ...
    at: dt.datetime
    subject: str  # id of the thing: dataset, negotiation, agreement, transfer process
    body: dict[str, Any]
    salt: str  # base64url, 16 random bytes: two entries of equal content do not look equal


class Checkpoint(Noun, frozen=True, kw_only=True):
    """C2SP tlog-checkpoint: `note` is the signed note text, the other fields are parsed from it."""

    origin: str
    size: int
    root: str  # base64 of 32 bytes
    note: str


class InclusionProof(Noun, frozen=True, kw_only=True):
    """RFC 6962 inclusion proof of one entry in the tree of `checkpoint`."""

    index: int
    hashes: tuple[str, ...]  # base64, from the leaf upwards
    checkpoint: Checkpoint


class ObligationMet(Noun, frozen=True, kw_only=True):
    """A condition of the agreement and how it was met."""

    condition: Condition
    how: Text
    met: bool


class RuleSummary(Noun, frozen=True, kw_only=True):
    """What a decision rests on, in the passport: pack, digest, outcome, deciding rules and citations."""

    pack: str
    version: str
    digest: str
    outcome: Outcome
    rules: tuple[str, ...]
    citations: tuple[str, ...]


class ProfileSummary(Noun, frozen=True, kw_only=True):
    """Counts only: no column values, no names of people."""

    rows: int
    columns: int
    categories: tuple[str, ...]
    subjects: dict[str, int]


class Passport(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """What travels with data and outlives the node. Signed as a JWS over its fixed bytes by the provider."""

    version: str  # "tegata-passport/1"
    id: str  # urn:uuid:...
    issued_at: dt.datetime
    provider: str  # did:key
    recipient: str  # did:key
    dataset: str
    title: Text
    source_digest: str
    data_digest: str  # sha256 of the bytes that left
    data_size: int
    data_format: str
    profile: ProfileSummary
    outcome: Outcome
    decision_digest: str
    as_of: dt.date
    known_on: dt.date
    packs: tuple[RuleSummary, ...]
    obligations: tuple[ObligationMet, ...]
    agreement: str
    agreement_digest: str
    transfer: str
    entry: Entry  # the release entry
    proof: InclusionProof
    rolls: tuple[str, ...] = ()
    """Notes that lead from the provider's id to the key that signs; not written when there are none."""


class Check(Noun, frozen=True, kw_only=True):
    """One numbered step of verification, in words. `verdict`: passed | failed | indeterminate (EN 319 102-1 sense)."""

    name: str
    verdict: str
    say: Text


class Verification(Noun, frozen=True, kw_only=True):
    """Result of `tegata verify`. `verdict`: total-passed | indeterminate | total-failed (EN 319 102-1).

    `sub_indication` says why, in the words of clause 5.1.3 of that standard; empty when everything passed.
    """

    verdict: str
    sub_indication: str = ""
    checks: tuple[Check, ...]
    passport: Passport | None = None

    @property
    def exit_code(self) -> int:
        return {"total-passed": 0, "total-failed": 1, "indeterminate": 12}[self.verdict]
