"""Facts in, decision out: the nouns of the rule engine."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from tegata.model.base import Noun, Text
from tegata.model.coding import replace


class Outcome(enum.Enum):
    """Ordered from mildest to strictest; across packs the strictest wins."""

    ALLOW = "allow"
    ALLOW_WITH_CONDITIONS = "allow_with_conditions"
    NEEDS_INFO = "needs_info"
    HUMAN_REVIEW = "human_review"
    DENY = "deny"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]

    @property
    def exit_code(self) -> int:
        return {"allow": 0, "allow_with_conditions": 10, "needs_info": 11, "human_review": 12, "deny": 13}[self.value]


_SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


def strictest(outcomes: list[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.ALLOW)


FactValue = bool | int | float | str | list[str] | dict[str, int]


class Fact(Noun, frozen=True, kw_only=True):
    """A value with its source. A fact that is not in the flow is unknown; unknown is never guessed."""

    value: FactValue
    source: str = "stated"  # or scan, participant-register, ledger, ledger-from-above, ownership, ...
    asserted_by: str = ""
    at: dt.datetime | None = None


class Flow(Noun, frozen=True, kw_only=True):
    """What is known about one intended movement of data. Fact names are those of the fact schema."""

    facts: dict[str, Fact] = {}
    as_of: dt.date | None = None  # the date of the act; None: the day of the decision
    known_on: dt.date | None = None  # the date of the knowledge; None: the day of the decision

    def with_facts(self, extra: dict[str, Fact]) -> Flow:
        """A flow in which stated facts keep precedence over `extra`."""
        return replace(self, facts={**extra, **self.facts})


class Citation(Noun, frozen=True, kw_only=True):
    ref: str  # e.g. "28 CFR 202.301"
    url: str = ""


class FactUse(Noun, frozen=True, kw_only=True):
    """A fact that took part in a rule, as it was then. `value` None means unknown."""

    name: str
    value: Any
    source: str = ""


class RuleHit(Noun, frozen=True, kw_only=True):
    """A rule that held (or may still hold) and what it says."""

    rule: str
    holds: bool  # true: it holds for certain; false: it may still hold, and unknown facts decide
    outcome: Outcome
    status: str  # in_force | promulgated | proposal | repealed
    citations: tuple[Citation, ...]
    say: Text
    facts_used: tuple[FactUse, ...]


class Condition(Noun, frozen=True, kw_only=True):
    """An enforceable verb with parameters, the means by which it may be met, and where it comes from.

    Data verbs (carried out by `protect`): drop, keep, mask, pseudonymise, tokenise, encrypt_fpe, encrypt,
    redact_text, generalise, top_bottom_code, suppress_rare, round_location, shift_dates, keep_rows, drop_rows,
    cap_subjects, k_anonymity, statistics, limit_differencing.
    Process verbs (carried out by contracts, transfer, oversight): insert_clause, keep_records, report,
    obtain_consent, encrypt_in_transit, apply_security_requirements, review_periodically, publish_notice, limit_use,
    witness_quorum, encrypt_for_recipient.
    """

    verb: str
    params: dict[str, Any] = {}
    means: tuple[str, ...] = ()  # technique, standard or procedure codes
    rule: str = ""
    pack: str = ""
    citations: tuple[Citation, ...] = ()
    say: Text


class MissingFact(Noun, frozen=True, kw_only=True):
    """A question that still matters: asking it can change the outcome."""

    name: str
    question: Text
    rules: tuple[str, ...] = ()
    possible: tuple[Outcome, ...] = ()  # outcomes that are still possible while it is unknown


class PackDecision(Noun, frozen=True, kw_only=True):
    """What one pack says. One that does not apply has no say (`notes` tells why) and stands in nobody's way."""

    pack: str
    version: str
    jurisdiction: str
    outcome: Outcome
    applies: bool = True  # false: not its matter, not begun, or not in force
    rules: tuple[RuleHit, ...] = ()
    facts_used: tuple[FactUse, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    conditions: tuple[Condition, ...] = ()
    notes: tuple[Text, ...] = ()  # e.g. the pack is overdue for review


class Change(Noun, frozen=True, kw_only=True):
    """One change of one fact on the path to yes. `value` is what it would have to become."""

    fact: str
    was: Any  # None: unknown
    value: Any
    say: Text


class PathToYes(Noun, frozen=True, kw_only=True):
    """A smallest set of changes under which the outcome improves to `outcome`."""

    changes: tuple[Change, ...]
    outcome: Outcome


class Decision(Noun, frozen=True, kw_only=True):
    """The whole answer: replayable from `facts`, the pack digests and the two dates."""

    outcome: Outcome
    per_pack: tuple[PackDecision, ...]
    path_to_yes: tuple[PathToYes, ...]
    path_note: Text | None = None  # why there is no path, when there is none
    conditions: tuple[Condition, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    as_of: dt.date
    known_on: dt.date
    pack_digests: dict[str, str]
    pack_signers: dict[str, str] = {}  # a did, or `installation`; a pack that nobody vouches for is not in it
    facts: dict[str, Fact]
    profile_digest: str = ""
