"""One pack's judgement of one list of values, before it is put into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from tegata.model.base import Text
from tegata.model.decision import Outcome
from tegata.rules.edition import CompiledRule, Edition
from tegata.rules.expression.compiled import Values
from tegata.rules.facts import Value
from tegata.rules.outlook import Prospect
from tegata.rules.pack import Pack
from tegata.rules.weigh import ALLOW, OUTCOMES, SEVERITY, Weighed, weigh


class Judgement(NamedTuple):
    """`silent` says why the pack does not speak: not_begun, not_in_force or not_applicable; `` when it does.

    `values` are prepared for the edition where the pack speaks, else as they came.
    """

    pack: Pack
    edition: Edition
    values: Values
    weighed: Weighed
    possible: int
    outcome: Outcome
    silent: str = ""
    closed: tuple[int, ...] = ()  # the facts on which it rests that the pack is not applicable
    overdue: bool = False
    doubt: Text | None = None  # why nobody who is trusted vouches for the pack
    prospect: Prospect | None = None  # where some rule is unknown

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
    edition = pack.edition(as_of)
    head = pack.files.head
    if head.status != "in_force" or as_of < head.from_:
        silent = "not_begun" if head.status == "in_force" else "not_in_force"
        return Judgement(pack, edition, values, _SILENT, ALLOW, Outcome.ALLOW, silent)
    closed = edition.gate.closed(values, lambda: edition.prepared(values, as_of))
    if closed is not None:
        return Judgement(pack, edition, values, _SILENT, ALLOW, Outcome.ALLOW, "not_applicable", closed)
    prepared = edition.prepared(values, as_of)
    weighed = weigh(edition, SEVERITY[head.default], prepared)
    prospect = None if weighed.settled else edition.outlook().prospect(prepared)
    possible = weighed.possible if prospect is None else prospect.possible
    settled = possible & (possible - 1) == 0
    outcome = OUTCOMES[possible.bit_length() - 1] if settled else Outcome.NEEDS_INFO
    overdue, doubt = known_on > head.review_after, pack.vouch.doubt_on(known_on)
    if (overdue or doubt) and SEVERITY[outcome] < SEVERITY[Outcome.HUMAN_REVIEW]:
        outcome = Outcome.HUMAN_REVIEW
    return Judgement(pack, edition, prepared, weighed, possible, outcome, "", (), overdue, doubt, prospect)


def overall(judgements: Iterable[Judgement]) -> Outcome:
    """The strictest of all packs' outcomes."""
    return max((judgement.outcome for judgement in judgements), key=SEVERITY.__getitem__, default=Outcome.ALLOW)
