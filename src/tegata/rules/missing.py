"""Which unknown facts still matter, most decisive first; and which outcomes are really possible without them.

Kleene's logic is weaker than trying every answer: `a or not a` is unknown to it while `a` is. So where an outcome
is open, answers are tried: all of them for facts of few values (bool and enum), which may rule outcomes out; and
telling ones for all others, which may only show that a fact matters. Trying is budgeted. Where the budget ends an
outcome stays possible and a fact stays on the list: never the other way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tegata.model.decision import MissingFact
from tegata.rules.counts import Counts, below
from tegata.rules.expression.compiled import Values
from tegata.rules.facts import FactSpec, FactType
from tegata.rules.pack import CompiledRule, Edition, Pack
from tegata.rules.weigh import SEVERITY, Weighed, outcomes, weigh

OUTCOME_BUDGET = 200  # evaluations, per pack
FACT_BUDGET = 500  # evaluations, per pack, shared among the facts
MANY = 10**9


@dataclass(slots=True)
class Inquiry:
    """Tries answers on one pack. `spent` counts evaluations."""

    pack: Pack
    edition: Edition
    spent: int = 0
    answers: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def weigh(self, values: Values) -> Weighed:
        self.spent += 1
        return weigh(self.edition, SEVERITY[self.pack.files.head.default], values)

    def open_facts(self, weighed: Weighed, values: Values) -> list[int]:
        """Facts that are unknown, incomplete or contradicted, and on which what is unknown in `weighed` rests."""
        touched: set[int] = set()
        if weighed.applies is None:
            self.edition.applies.trace(values, touched, True)
        for rule in self._open_rules(weighed):
            if rule.code.value(values) is None:
                rule.code.trace(values, touched, True)
        facts = {place for place in touched if place < len(self.pack.schema.specs)}  # the others are definitions
        return sorted({place if place >= 0 else ~place for place in facts if place < 0 or _unknown(values[place])})

    def _open_rules(self, weighed: Weighed) -> list[CompiledRule]:
        """Rules that may hold and would then change the outcome: stricter than what holds, or exceptions to such."""
        floor = self._floor(weighed)
        found: list[CompiledRule] = []
        excepting: set[int] = set()
        for place in reversed(range(len(weighed.holds))):  # exceptions stand before what they override
            rule = self.edition.rules[place]
            if weighed.holds[place] is None and (rule.severity > floor or place in excepting):
                found.append(rule)
                excepting.update(rule.overriders)
        return found

    def _floor(self, weighed: Weighed) -> int:
        """The severity that the outcome has already; -1 where the default may still give way to something milder."""
        judged = list(zip(self.edition.rules, weighed.holds, strict=True))
        held = [rule.severity for rule, holds in judged if holds]
        if held:
            return max(held)
        default = SEVERITY[self.pack.files.head.default]
        return -1 if any(rule.severity < default for rule, holds in judged if holds is None) else default

    def with_answer(self, values: Values, place: int, answer: Any) -> Values:
        changed = [*values[: len(values) - len(self.edition.blank)], *self.edition.blank]
        changed[place] = answer
        return changed

    def tried(self, place: int) -> tuple[Any, ...]:
        if place not in self.answers:
            spec = self.pack.schema.specs[place]
            self.answers[place] = answers(spec, self.pack.tries(spec.name))
        return self.answers[place]

    def exhaustive(self, place: int) -> bool:
        return is_small(self.pack.schema.specs[place].type)

    # ------------------------------------------------------------------------------------------ outcomes

    def possible(self, weighed: Weighed, values: Values) -> int:
        """The outcomes that are possible: at most those of `weighed`, exact while the budget lasts."""
        return weighed.possible if weighed.settled else self._possible(weighed, values, self.spent + OUTCOME_BUDGET)

    def _possible(self, weighed: Weighed, values: Values, limit: int) -> int:
        branch = next((place for place in self.open_facts(weighed, values) if self.exhaustive(place)), None)
        if branch is None:
            return weighed.possible
        found = 0
        for answer in self.tried(branch):
            if self.spent >= limit:
                return weighed.possible
            changed = self.with_answer(values, branch, answer)
            inner = self.weigh(changed)
            found |= inner.possible if inner.settled else self._possible(inner, changed, limit)
            if found & weighed.possible == weighed.possible:
                break
        return found

    # ------------------------------------------------------------------------------------------ facts

    def missing(self, weighed: Weighed, values: Values, possible: int) -> tuple[MissingFact, ...]:
        """The facts that can change the outcome, most decisive first."""
        candidates = self.open_facts(weighed, values)
        share = FACT_BUDGET // max(1, len(candidates))
        openness = {place: self._openness(place, values) for place in candidates}
        telling = [place for place in candidates if self.matters(place, values, share)] or candidates
        rules = self._rules_by_fact(weighed, values)
        telling.sort(key=lambda place: (openness[place], -len(rules.get(place, ())), place))
        return tuple(
            MissingFact(
                name=self.pack.schema.specs[place].name,
                question=self.pack.schema.specs[place].question,
                rules=tuple(rules.get(place, ())),
                possible=outcomes(possible),
            )
            for place in telling
        )

    def matters(self, place: int, values: Values, budget: int) -> bool:
        """Whether two answers lead to different outcomes, all else equal. True too where the budget ends first."""
        worlds = [self.with_answer(values, place, answer) for answer in self.tried(place)]
        return self._differ(worlds, place, self.spent + budget)

    def _differ(self, worlds: Sequence[Values], place: int, limit: int) -> bool:
        if self.spent >= limit:
            return True
        weighed = [self.weigh(world) for world in worlds]
        if len({w.possible for w in weighed if w.settled}) > 1:
            return True
        branch = self._unsettled(worlds, weighed, place)
        if branch is None:
            return False
        return any(
            self._differ([self.with_answer(world, branch, answer) for world in worlds], place, limit)
            for answer in self.tried(branch)
        )

    def _unsettled(self, worlds: Sequence[Values], weighed: Sequence[Weighed], place: int) -> int | None:
        """Another fact that is open in some world and whose answer may tell the worlds apart."""
        for world, found in zip(worlds, weighed, strict=True):
            for candidate in [] if found.settled else self.open_facts(found, world):
                if candidate != place:
                    return candidate
        return None

    def _openness(self, place: int, values: Values) -> float:
        """Mean number of outcomes that stay possible after an answer: 1 for a fact that decides alone."""
        tried = self.tried(place)
        left = [self.weigh(self.with_answer(values, place, answer)).possible.bit_count() for answer in tried]
        return sum(left) / len(left)

    def _rules_by_fact(self, weighed: Weighed, values: Values) -> dict[int, list[str]]:
        """Ids of the rules that may hold, by the facts on which they rest."""
        found: dict[int, list[str]] = {}
        for rule in self._open_rules(weighed):
            touched: set[int] = set()
            rule.code.trace(values, touched, True)
            for place in touched:
                found.setdefault(place, []).append(rule.rule.id)
        return found


def _unknown(value: Any) -> bool:
    return value is None or (isinstance(value, Counts) and not value.complete)


def is_small(kind: FactType) -> bool:
    """Whether every value of a fact can be tried."""
    return kind.kind == "bool" or (kind.kind == "text" and kind.of == "enum")


def answers(spec: FactSpec, constants: Iterable[object]) -> tuple[Any, ...]:
    """Values worth trying: all of a small domain, else those around the constants that the fact is compared with."""
    kind, found = spec.type.kind, list(constants)
    if kind == "bool":
        return (True, False)
    if is_small(spec.type):
        return tuple(sorted(spec.type.domain or ()))
    if kind in ("int", "number"):
        near = {n + step for n in found if isinstance(n, int | float) for step in (-1, 0, 1)}
        return tuple(sorted(n for n in near | {0, MANY} if n >= 0))
    if kind == "date":
        days = {day + dt.timedelta(step) for day in found if isinstance(day, dt.date) for step in (-1, 0, 1)}
        return tuple(sorted(days)) or (dt.date.min, dt.date.max)
    if kind == "counts":
        return Counts({}), Counts({}, (MANY, MANY))
    words = _words(spec.type, found)
    return words if kind == "text" else _sets(words)


def _words(kind: FactType, constants: Iterable[object]) -> tuple[str, ...]:
    """Members that occur in the pack (at most 8), and one that does not."""
    named = [word for word in constants if isinstance(word, str)]
    if kind.domain is None:
        return (*dict.fromkeys(named[:8]), "\N{EM DASH}")
    members = sorted(kind.domain)
    listed = dict.fromkeys(member for word in named for member in members if below(member, word))
    other = next((member for member in members if member not in listed), members[0])
    return (*list(listed)[:8], other)


def _sets(words: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return (frozenset(), *(frozenset({word}) for word in words), frozenset(words))
