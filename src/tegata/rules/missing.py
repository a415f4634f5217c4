"""Which unknown facts still matter to a pack, the most decisive first."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tegata.model.decision import MissingFact
from tegata.rules.counts import Counts
from tegata.rules.edition import CompiledRule
from tegata.rules.expression.compiled import Code, Values
from tegata.rules.judge import Judgement
from tegata.rules.weigh import outcomes

MOST_TRIES = 200  # on one fact of one condition; where they end it stays on the list
MOST_IN_ALL = 20_000  # on all of them


def missing_facts(judgement: Judgement) -> tuple[MissingFact, ...]:
    """The facts that can change the outcome; none where it is settled."""
    if judgement.prospect is None or not judgement.unsettled:
        return ()
    strengths: dict[int, float] = {}
    budget = Budget()
    for question in judgement.prospect.questions():
        variable = question.variable
        places = [variable.fact] if variable.fact >= 0 else _asked(judgement, variable.code, strengths, budget)
        for place in places:
            strengths.setdefault(place, question.strength)
    rules, specs = _waiting(judgement), judgement.pack.schema.specs
    order = sorted(strengths, key=lambda place: (-strengths[place], -len(rules.get(place, ())), place))
    return tuple(
        MissingFact(
            name=specs[place].name,
            question=specs[place].question,
            rules=tuple(rules.get(place, ())),
            possible=outcomes(judgement.possible),
        )
        for place in order
    )


def _waiting(judgement: Judgement) -> dict[int, list[str]]:
    """Ids of the rules that may hold and would then change the outcome, by the facts on which they rest."""
    found: dict[int, list[str]] = {}
    for rule in _telling_rules(judgement):
        touched: set[int] = set()
        rule.code.trace(judgement.values, touched, True)
        for place in {place if place >= 0 else ~place for place in touched}:
            found.setdefault(place, []).append(rule.rule.id)
    return found


def _telling_rules(judgement: Judgement) -> list[CompiledRule]:
    """Open rules that are stricter than what is certain, and exceptions to such."""
    rules, holds = judgement.edition.rules, judgement.weighed.holds
    certain = (judgement.possible & -judgement.possible).bit_length() - 1
    found: list[CompiledRule] = []
    excepting: set[int] = set()
    for place in reversed(range(len(holds))):  # exceptions stand before what they override
        if holds[place] is None and (rules[place].severity > certain or place in excepting):
            found.append(rules[place])
            excepting.update(rules[place].overriders)
    return found


# ---------------------------------------------------------------------------------------------- one condition


def _asked(judgement: Judgement, code: Code | None, asked: Container[int], budget: Budget) -> list[int]:
    """The facts whose answers can tell whether a condition holds, but for those that are asked for anyway."""
    unknown = _open_facts(judgement, code) if code is not None else []
    new = [place for place in unknown if place not in asked]
    if code is None or len(unknown) < 2 or not new:
        return new
    trials = {place: Trial(judgement, code, place, unknown, budget) for place in new}
    telling = [place for place, trial in trials.items() if trial.differs({})]
    return telling if telling or len(new) < len(unknown) else unknown


def _open_facts(judgement: Judgement, code: Code) -> list[int]:
    """Facts that are unknown, incomplete or contradicted, and on which a condition rests; where there is none, numbers
    that were stated for other categories than the condition asks for."""
    touched: set[int] = set()
    code.trace(judgement.values, touched, True)
    facts = {place for place in touched if place < len(judgement.pack.schema.specs)}  # the others are definitions
    values = judgement.values
    found = {place if place >= 0 else ~place for place in facts if place < 0 or _unknown(values[place])}
    return sorted(found or {place for place in facts if _coarse(values[place])})


def _unknown(value: Any) -> bool:
    return value is None or (isinstance(value, Counts) and not value.complete)


def _coarse(value: Any) -> bool:
    return isinstance(value, Counts) and value.coarse


@dataclass(slots=True)
class Budget:
    """Shared by all trials on one judgement, so that no pack can make a decision take for ever."""

    left: int = MOST_IN_ALL


@dataclass(slots=True)
class Trial:
    """Whether two answers to the fact at `place` can make a condition differ, whatever the other unknown facts are."""

    judgement: Judgement
    code: Code
    place: int
    unknown: Sequence[int]
    budget: Budget
    left: int = MOST_TRIES

    def differs(self, others: Mapping[int, Any]) -> bool:
        """With these answers to other facts. True too where the tries end first."""
        answers = self.judgement.pack.tries(self.place)
        self.left -= len(answers)
        self.budget.left -= len(answers)
        if min(self.left, self.budget.left) < 0:
            return True
        found = [self.code.value(self._values({**others, self.place: answer})) for answer in answers]
        if True in found and False in found:
            return True
        if None not in found:
            return False
        branch = next((place for place in self.unknown if place != self.place and place not in others), None)
        return branch is not None and any(
            self.differs({**others, branch: one}) for one in self.judgement.pack.tries(branch)
        )

    def _values(self, stated: Mapping[int, Any]) -> Values:
        values, blank = self.judgement.values, self.judgement.edition.blank
        changed = [*values[: len(values) - len(blank)], *blank]
        for place, answer in stated.items():
            changed[place] = answer
        return changed
