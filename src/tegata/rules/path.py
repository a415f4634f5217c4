"""The path to yes: smallest sets of changes under which data that may not go may go."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tegata.model.base import Text, t
from tegata.model.decision import Change, FactValue, Outcome, PathToYes
from tegata.rules.counts import below
from tegata.rules.edition import CompiledLever, Edition, resolved
from tegata.rules.facts import CATEGORY_FACT, FactSchema, Value, check_value, to_value
from tegata.rules.judge import Judgement, judge, outcome_of, overall
from tegata.rules.pack import Pack
from tegata.rules.weigh import OUTCOMES, SEVERITY

ACCEPTED = (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)
MAX_CHANGES = 3  # for one pack; a plan of more changes at once is no plan
MOST_CHANGES = 6  # for all of them together
MAX_PATHS = 5
MAX_TRIES = 3000


@dataclass(frozen=True, slots=True)
class Move:
    """A lever with the value that it would set, given the facts of the flow."""

    fact: str
    place: int  # of the fact in the schema
    was: FactValue | None
    value: FactValue
    say: Text


@dataclass(frozen=True, slots=True)
class Search:
    """The flow whose outcome shall improve, and the packs that judge it."""

    schema: FactSchema
    stated: Mapping[str, FactValue]
    values: list[Value]
    packs: Sequence[Pack]
    as_of: dt.date
    known_on: dt.date

    def judged_after(self, move: Move) -> list[Judgement]:
        """What every pack says after a change."""
        values = self.values_after([move])
        return [judge(pack, values, self.as_of, self.known_on) for pack in self.packs]

    def values_after(self, moves: Sequence[Move]) -> list[Value]:
        specs = [self.schema.specs[move.place] for move in moves]
        if any(spec.type.kind == "counts" or spec.name == CATEGORY_FACT for spec in specs):
            return self.schema.to_values({**self.stated, **{move.fact: move.value for move in moves}})
        values = list(self.values)
        for spec, move in zip(specs, moves, strict=True):
            values[spec.index] = to_value(spec, move.value)
        return values

    def moves(self) -> list[Move]:
        """Every lever of every pack that is feasible for this flow and would change something."""
        found: dict[tuple[str, str], Move] = {}
        for pack in self.packs:
            edition = pack.edition(self.as_of)
            values = edition.prepared(self.values, self.as_of)
            for lever in edition.levers:
                move = self._move(lever, edition) if lever.feasible.value(values) is True else None
                if move is not None and move.value != move.was:
                    found.setdefault((move.fact, repr(move.value)), move)
        return list(found.values())

    def _move(self, compiled: CompiledLever, edition: Edition) -> Move | None:
        lever, spec = compiled.lever, self.schema.specs[compiled.fact]
        to: Any = lever.to
        if isinstance(to, dict):
            to = self._capped(to, spec.name, edition) if "param" not in to else resolved(to, edition.parameters)
        if to is None:
            return None
        return Move(spec.name, spec.index, self.stated.get(spec.name), check_value(spec, to), lever.say)

    def _capped(self, to: Mapping[str, Any], fact: str, edition: Edition) -> dict[str, int] | int | None:
        """Counts that keep within the limits of a map, for the categories that the data holds."""
        limits: Mapping[str, float] = edition.parameters[to["cap"] if "cap" in to else to["cap_lowest"]]
        held = self.stated.get(CATEGORY_FACT)
        present = [head for head in limits if isinstance(held, list) and any(below(name, head) for name in held)]
        if not present:
            return None
        if "cap_lowest" in to:
            limits = dict.fromkeys(present, min(limits[head] for head in present))
        now, used = self.stated.get(fact), self.stated.get(to.get("less", ""))
        now, used = now if isinstance(now, dict) else {}, used if isinstance(used, dict) else {}
        room = {head: max(0, int(limits[head]) - used.get(head, 0)) for head in present}
        return {**now, **{head: min(now.get(head, room[head]), room[head]) for head in present}}


class Paths(NamedTuple):
    """At most five, and whether every set of changes was looked at that could be one."""

    found: tuple[PathToYes, ...]
    complete: bool


def paths_to_yes(search: Search, now: Sequence[Judgement]) -> Paths:
    """Smallest sets of changes that let the data go; failing that, such as lift a denial."""
    paths = Plans(search, Outcome.ALLOW_WITH_CONDITIONS).smallest()
    outcomes = [judgement.outcome for judgement in now]
    if not paths.found and Outcome.DENY in outcomes and any(o not in (Outcome.DENY, *ACCEPTED) for o in outcomes):
        return Plans(search, Outcome.HUMAN_REVIEW).smallest()
    return paths


class Plans:
    """Sets of moves under which no pack is stricter than `limit`.

    A plan is extended while some pack blocks it, by every smallest set of moves under which that pack no longer does.
    Every smallest plan is met that way: what it lacks of a part of it holds such a set.
    """

    def __init__(self, search: Search, limit: Outcome) -> None:
        self._search, self._limit = search, SEVERITY[limit]
        self._moves = search.moves()
        self._concerning = {pack.id: self._moves_for(pack) for pack in search.packs}
        self._known: dict[tuple[str, frozenset[int]], int] = {}  # severities by pack and the moves that concern it
        self._left = MAX_TRIES

    def smallest(self) -> Paths:
        """The plans of which no part is one, the shortest first."""
        found: list[frozenset[int]] = []
        waiting: list[tuple[int, list[int]]] = [(0, [])]
        met: set[frozenset[int]] = set()
        while waiting and len(found) < MAX_PATHS:
            plan = frozenset(heapq.heappop(waiting)[1])
            if any(smaller <= plan for smaller in found):
                continue
            blocking = self._blocking(plan)
            if blocking is None:
                found.append(plan)
                continue
            for bigger in self._extended(plan, blocking):
                if bigger not in met:
                    met.add(bigger)
                    heapq.heappush(waiting, (len(bigger), sorted(bigger)))
        return Paths(tuple(self._path(plan) for plan in found), self._left > 0)

    def _extended(self, plan: frozenset[int], pack: Pack) -> Iterator[frozenset[int]]:
        """The plan with each smallest set of further moves after which the pack does not block."""
        taken = {self._moves[place].fact for place in plan}
        useful = [place for place in sorted(self._concerning[pack.id]) if self._moves[place].fact not in taken]
        cures: list[frozenset[int]] = []
        sizes = range(1, min(MAX_CHANGES, MOST_CHANGES - len(plan)) + 1)
        for places in itertools.chain.from_iterable(itertools.combinations(useful, size) for size in sizes):
            more = frozenset(places)
            if len({self._moves[place].fact for place in places}) < len(places) or any(cure <= more for cure in cures):
                continue
            if self._left <= 0:
                return
            self._left -= 1
            if self._severity(pack, plan | more) <= self._limit:
                cures.append(more)
                yield plan | more

    def _blocking(self, plan: frozenset[int]) -> Pack | None:
        return next((pack for pack in self._search.packs if self._severity(pack, plan) > self._limit), None)

    def _severity(self, pack: Pack, plan: frozenset[int]) -> int:
        """Of the pack after a plan; what does not concern it changes nothing."""
        search, own = self._search, plan & self._concerning[pack.id]
        found = self._known.get((pack.id, own))
        if found is None:
            values = search.values_after([self._moves[place] for place in own])
            found = self._known[pack.id, own] = SEVERITY[outcome_of(pack, values, search.as_of, search.known_on)]
        return found

    def _moves_for(self, pack: Pack) -> frozenset[int]:
        """The moves of facts for which the pack may ask; those of categories give every number its meaning."""
        facts = pack.edition(self._search.as_of).facts
        return frozenset(n for n, move in enumerate(self._moves) if move.place in facts or move.fact == CATEGORY_FACT)

    def _path(self, plan: frozenset[int]) -> PathToYes:
        moves = [self._moves[place] for place in sorted(plan)]
        severity = max(self._severity(pack, plan) for pack in self._search.packs)
        changes = [Change(fact=move.fact, was=move.was, value=move.value, say=move.say) for move in moves]
        return PathToYes(changes=tuple(changes), outcome=OUTCOMES[severity])


def path_note(search: Search, now: Sequence[Judgement], paths: Paths) -> Text | None:
    """What has to be said beside the paths: what does not help, what to find out first, or that there is no path."""
    outcome = overall(now)
    hits = [hit for judgement in now for hit in judgement.holding if hit.rule.outcome is Outcome.DENY]
    notes = [hit.rule.no_cure for hit in hits if hit.rule.no_cure is not None]
    if not paths.found:
        untouched = _untouched(search, now)
        if untouched:
            names = ", ".join(f"`{name}`" for name in untouched)
            notes.append(
                t(f"no single change that is known lifts {names}", f"{names} を単独で解消する既知の変更はありません")
            )
        elif outcome is Outcome.DENY:
            notes.append(
                t(
                    f"no set of up to {MAX_CHANGES} known changes for each law lets the data go",
                    f"既知の変更を法令ごとに{MAX_CHANGES}件まで組み合わせても、提供できるようにはなりません",
                )
            )
    if not paths.complete:
        notes.append(t("not every set of changes could be tried", "すべての変更の組合せは試せませんでした"))
    if outcome is Outcome.NEEDS_INFO and not paths.found:
        notes.append(t("answer the missing facts first", "まず、不足している事実に回答してください"))
    if not notes:
        return None
    return Text(en="; ".join(note.en for note in notes), ja="。".join(note.ja for note in notes))


def _untouched(search: Search, now: Sequence[Judgement]) -> list[str]:
    """Denying rules that still hold whichever single change is made."""
    denying = {hit.rule.id for judgement in now for hit in judgement.holding if hit.rule.outcome is Outcome.DENY}
    for move in search.moves():
        after = search.judged_after(move)
        denying &= {hit.rule.id for judgement in after for hit in judgement.holding}
    return sorted(denying)
