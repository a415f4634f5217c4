"""One pack's judgement of one list of values, before it is put into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tegata.model.base import Text
from tegata.model.decision import Outcome
from tegata.rules.edition import CompiledRule, Edition
from tegata.rules.expression.compiled import Values
from tegata.rules.facts import Value
from tegata.rules.gate import NOT_BEGUN, NOT_IN_FORCE, Silence
from tegata.rules.outlook import Prospect
from tegata.rules.pack import Pack
from tegata.rules.weigh import ALLOW, OUTCOMES, SEVERITY, Weighed, weigh


class Judgement(NamedTuple):
    """`values` are prepared for the edition where the pack speaks, else as they came."""

    pack: Pack
    edition: Edition
    values: Values
    weighed: Weighed
    possible: int
    severity: int
    silent: Silence | None = None
    overdue: bool = False
    doubt: Text | None = None  # why nobody who is trusted vouches for the pack
    prospect: Prospect | None = None  # where some rule is unknown

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.severity]

    @property
    def holding(self) -> list[CompiledRule]:
        """Rules that hold for certain."""
        return [rule for rule, holds in zip(self.edition.rules, self.weighed.holds, strict=False) if holds]

    @property
    def open(self) -> list[CompiledRule]:
        """Rules that may hold."""
        return [rule for rule, holds in zip(self.edition.rules, self.weighed.holds, strict=False) if holds is None]

    @property
    def unsettled(self) -> bool:
        return self.possible & (self.possible - 1) != 0


_SILENT = Weighed(False, (), ALLOW)


def judge(pack: Pack, values: list[Value], as_of: dt.date, known_on: dt.date) -> Judgement:
    """What the pack says of the values on the day of the act, as known on the day of the knowledge.

    A pack whose review is overdue cannot be milder than human_review: the law may have changed since. Nor can one for
    which nobody vouches whom the operator trusts.
    """
    edition, head = pack.edition(as_of), pack.files.head
    silent = silence(pack, edition, values, as_of)
    if silent is not None:
        return Judgement(pack, edition, values, _SILENT, ALLOW, 0, silent)
    prepared = edition.prepared(values, as_of)
    weighed = weigh(edition, SEVERITY[head.default], prepared)
    prospect = None if weighed.settled else edition.outlook().prospect(prepared)
    possible = weighed.possible if prospect is None else prospect.possible
    overdue, doubt = known_on > head.review_after, pack.vouch.doubt_on(known_on)
    settled = possible & (possible - 1) == 0
    severity = _severity(possible.bit_length() - 1 if settled else None, looked_at=overdue or doubt is not None)
    return Judgement(pack, edition, prepared, weighed, possible, severity, None, overdue, doubt, prospect)


def brief(pack: Pack, values: list[Value], as_of: dt.date, known_on: dt.date) -> tuple[Outcome, Sequence[CompiledRule]]:
    """The outcome that `judge` comes to and the rules that hold, without what still may be."""
    edition = pack.edition(as_of)
    if silence(pack, edition, values, as_of) is not None:
        return Outcome.ALLOW, ()
    prepared = edition.prepared(values, as_of)
    weighed = weigh(edition, SEVERITY[pack.files.head.default], prepared)
    only = weighed.possible.bit_length() - 1 if weighed.settled else edition.outlook().settled(prepared)
    holding = [rule for rule, holds in zip(edition.rules, weighed.holds, strict=True) if holds]
    return OUTCOMES[_severity(only, looked_at=_looked_at(pack, known_on))], holding


def outcome_of(pack: Pack, values: list[Value], as_of: dt.date, known_on: dt.date) -> Outcome:
    """The outcome that `judge` comes to, without what it rests on."""
    edition = pack.edition(as_of)
    if silence(pack, edition, values, as_of) is not None:
        return Outcome.ALLOW
    only = edition.outlook().settled(edition.prepared(values, as_of))
    return OUTCOMES[_severity(only, looked_at=_looked_at(pack, known_on))]


def _looked_at(pack: Pack, known_on: dt.date) -> bool:
    return known_on > pack.files.head.review_after or pack.vouch.doubt_on(known_on) is not None


def silence(pack: Pack, edition: Edition, values: list[Value], as_of: dt.date) -> Silence | None:
    """Why the pack has no say in these values; None where it has one, or may."""
    head = pack.files.head
    if head.status != "in_force":
        return NOT_IN_FORCE
    if as_of < head.from_:
        return NOT_BEGUN
    return edition.gate.silence(values, lambda: edition.prepared(values, as_of))


_NEEDS_INFO, _HUMAN_REVIEW = SEVERITY[Outcome.NEEDS_INFO], SEVERITY[Outcome.HUMAN_REVIEW]


def _severity(only: int | None, *, looked_at: bool) -> int:
    """Of the one outcome that is possible. Where a person must look at the pack, never milder than human_review."""
    severity = _NEEDS_INFO if only is None else only
    return max(severity, _HUMAN_REVIEW) if looked_at else severity


def overall(judgements: Iterable[Judgement]) -> Outcome:
    """The strictest of all packs' outcomes."""
    return OUTCOMES[max([judgement.severity for judgement in judgements], default=0)]
