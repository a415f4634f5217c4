"""The path to yes: smallest sets of changes under which data that may not go may go."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tegata.model.base import Text, t
from tegata.model.decision import Change, FactValue, Outcome, PathToYes
from tegata.rules.counts import below
from tegata.rules.edition import CompiledLever, Edition, resolved
from tegata.rules.facts import CATEGORY_FACT, FactSchema, Value, check_value
from tegata.rules.judge import Judgement, judge, overall
from tegata.rules.pack import Pack
from tegata.rules.weigh import SEVERITY

ACCEPTED = (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)
MAX_CHANGES = 3  # per pack; a plan of more changes at once is no plan
MAX_PATHS = 5
MAX_TRIES = 400  # per pack


@dataclass(frozen=True, slots=True)
class Move:
    """A lever with the value that it would set, given the facts of the flow."""

    fact: str
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

    def outcomes(self, moves: Iterable[Move]) -> list[Judgement]:
        """What every pack says after the changes."""
        stated = {**self.stated, **{move.fact: move.value for move in moves}}
        values = self.schema.to_values(stated)
        return [judge(pack, values, self.as_of, self.known_on) for pack in self.packs]

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
        return Move(spec.name, self.stated.get(spec.name), check_value(spec, to), lever.say)

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


def paths_to_yes(search: Search, now: Sequence[Judgement]) -> tuple[PathToYes, ...]:
    """Smallest sets of changes that let the data go; failing that, such as lift a denial. At most five."""
    moves = search.moves()
    blocking = [place for place, judgement in enumerate(now) if judgement.outcome not in ACCEPTED]
    found = _paths(search, moves, blocking, limit=Outcome.ALLOW_WITH_CONDITIONS)
    denying = [place for place in blocking if now[place].outcome is Outcome.DENY]
    if not found and denying and denying != blocking:
        found = _paths(search, moves, denying, limit=Outcome.HUMAN_REVIEW)
    return found


def _paths(search: Search, moves: Sequence[Move], blocking: Sequence[int], limit: Outcome) -> tuple[PathToYes, ...]:
    cures = [list(_cures(search, search.packs[place], moves, limit)) for place in blocking]
    plans: dict[frozenset[int], Outcome] = {}
    for parts in itertools.islice(itertools.product(*cures), MAX_TRIES):
        plan = frozenset().union(*parts)
        outcome = _reached(search, moves, plan)
        if outcome is not None and SEVERITY[outcome] <= SEVERITY[limit]:
            plans[plan] = outcome
    smallest = [plan for plan in plans if not any(other < plan for other in plans)]
    smallest.sort(key=lambda plan: (len(plan), sorted(plan)))
    return tuple(
        PathToYes(changes=tuple(_change(moves[place]) for place in sorted(plan)), outcome=plans[plan])
        for plan in smallest[:MAX_PATHS]
    )


def _reached(search: Search, moves: Sequence[Move], plan: frozenset[int]) -> Outcome | None:
    """The overall outcome after a plan, None where the plan sets one fact to two values."""
    chosen = [moves[place] for place in sorted(plan)]
    if len({move.fact for move in chosen}) < len(chosen):
        return None
    return overall(search.outcomes(chosen))


def _cures(search: Search, pack: Pack, moves: Sequence[Move], limit: Outcome) -> Iterator[frozenset[int]]:
    """Minimal sets of moves after which one pack says `limit` or milder."""
    facts = pack.edition(search.as_of).facts
    useful = [place for place, move in enumerate(moves) if search.schema.by_name[move.fact].index in facts]
    found: list[frozenset[int]] = []
    sets = itertools.chain.from_iterable(itertools.combinations(useful, size) for size in range(1, MAX_CHANGES + 1))
    for places in itertools.islice(sets, MAX_TRIES):
        plan = frozenset(places)
        if len({moves[place].fact for place in plan}) < len(plan) or any(smaller <= plan for smaller in found):
            continue
        stated = {**search.stated, **{moves[place].fact: moves[place].value for place in plan}}
        judgement = judge(pack, search.schema.to_values(stated), search.as_of, search.known_on)
        if SEVERITY[judgement.outcome] <= SEVERITY[limit]:
            found.append(plan)
            yield plan


def _change(move: Move) -> Change:
    return Change(fact=move.fact, was=move.was, value=move.value, say=move.say)


def path_note(search: Search, now: Sequence[Judgement], paths: Sequence[PathToYes]) -> Text | None:
    """What has to be said beside the paths: what does not help, what to find out first, or that there is no path."""
    outcome = overall(now)
    hits = [hit for judgement in now for hit in judgement.holding if hit.rule.outcome is Outcome.DENY]
    notes = [hit.rule.no_cure for hit in hits if hit.rule.no_cure is not None]
    if not paths:
        untouched = _untouched(search, now)
        if untouched:
            names = ", ".join(f"`{name}`" for name in untouched)
            notes.append(t(f"no change that is known touches {names}", f"{names} を解消できる既知の変更はありません"))
        elif outcome is Outcome.DENY:
            notes.append(
                t(
                    "no set of known changes lets the data go",
                    "既知の変更を組み合わせても、提供できるようにはなりません",
                )
            )
    if outcome is Outcome.NEEDS_INFO and not paths:
        notes.append(t("answer the missing facts first", "まず、不足している事実に回答してください"))
    if not notes:
        return None
    return Text(en="; ".join(note.en for note in notes), ja="。".join(note.ja for note in notes))


def _untouched(search: Search, now: Sequence[Judgement]) -> list[str]:
    """Denying rules that still hold whichever single change is made."""
    denying = {hit.rule.id for judgement in now for hit in judgement.holding if hit.rule.outcome is Outcome.DENY}
    for move in search.moves():
        after = search.outcomes([move])
        denying &= {hit.rule.id for judgement in after for hit in judgement.holding}
    return sorted(denying)
