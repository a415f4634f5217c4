"""Which rules of a pack hold for a list of values, and which outcomes are possible."""

from __future__ import annotations

from typing import NamedTuple

from tegata.model.decision import Outcome
from tegata.rules.edition import Edition
from tegata.rules.expression.compiled import Values

OUTCOMES = tuple(Outcome)
SEVERITY = {outcome: place for place, outcome in enumerate(OUTCOMES)}
ALLOW = 1 << Outcome.ALLOW.severity
ACCEPTABLE = ALLOW | 1 << Outcome.ALLOW_WITH_CONDITIONS.severity
"""Sets of outcomes are bit masks: bit n stands for the outcome of severity n."""


class Weighed(NamedTuple):
    """Of a pack that applies, or may (None).

    `holds` says for each rule of the edition whether it holds and no exception to it does (None: unknown).
    """

    applies: bool | None
    holds: tuple[bool | None, ...]
    possible: int

    @property
    def settled(self) -> bool:
        return self.possible & (self.possible - 1) == 0


def weigh(edition: Edition, default: int, values: Values) -> Weighed:
    """All rules of a pack that applies, or may, on one list of values. `default`: severity when none holds.

    `possible` never leaves out an outcome that the unknown facts can still bring about: a rule that may hold keeps
    its outcome possible unless a stricter rule holds for certain.
    """
    applies = edition.applies.value(values)
    holds: list[bool | None] = []
    floor, maybe = -1, 0
    for value, severity, overriders in edition.steps:
        found: bool | None = value(values)
        if found is not False:
            if overriders:
                found = _unless(found, [holds[place] for place in overriders])
            if found is None:
                maybe |= 1 << severity
            elif found and severity > floor:
                floor = severity
        holds.append(found)
    stricter = maybe if floor < 0 else maybe >> floor + 1 << floor + 1
    possible = stricter | 1 << (default if floor < 0 else floor)
    return Weighed(applies, tuple(holds), possible | ALLOW if applies is None else possible)


def _unless(found: bool | None, exceptions: list[bool | None]) -> bool | None:
    """`found` and none of the exceptions, in Kleene's logic."""
    if True in exceptions:
        return False
    return None if None in exceptions else found


def outcomes(possible: int) -> tuple[Outcome, ...]:
    """The outcomes of a mask, mildest first."""
    return tuple(outcome for outcome, place in SEVERITY.items() if possible >> place & 1)
