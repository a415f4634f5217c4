"""Every small change of a pack's law, in memory: thresholds, dates, lists, operators, outcomes, exceptions, duties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tegata.model.decision import Outcome
from tegata.model.errors import PackError
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Dated, Definition, Parameter, Rule, RuleCondition
from tests.rules.mutation.expressions import changed
from tests.rules.pack_judge import rebuilt

DAYS = (-dt.timedelta(1), dt.timedelta(1))
OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)
Change = tuple[str, Any]
"""What was changed, and the changed thing (None: it is gone)."""
replace = msgspec.structs.replace


def mutants(pack: Pack) -> Iterator[tuple[str, Callable[[], Pack | None]]]:
    """Name and maker of each mutant. A maker answers None where the loader refuses: such a pack misleads nobody."""
    kinds: dict[str, Callable[[Any, Pack], Iterator[Change]]] = {
        "parameters": _parameter,
        "definitions": _definition,
        "rules": _rule,
    }
    for kind, change in kinds.items():
        items = getattr(pack.files, kind)
        for place, item in enumerate(items):
            for what, new in change(item, pack):
                files = (*items[:place], *(() if new is None else (new,)), *items[place + 1 :])
                yield f"{kind} {item.id}: {what}", _maker(pack, {kind: files})
    for what, head in _head(pack):
        yield f"pack: {what}", _maker(pack, {"head": head})


def _maker(pack: Pack, files: dict[str, Any]) -> Callable[[], Pack | None]:
    def make() -> Pack | None:
        try:
            return rebuilt(pack, **files)
        except PackError:
            return None

    return make


def _head(pack: Pack) -> Iterator[Change]:
    head = pack.files.head
    for other in changed(head.applies):
        yield f"applies: {other}", replace(head, applies=other)
    for outcome in _neighbours(head.default):
        yield f"default: {outcome.value}", replace(head, default=outcome)
    for step in DAYS:
        yield f"from: {head.from_ + step}", replace(head, from_=head.from_ + step)


# ------------------------------------------------------------------------------------------- parameters


def _parameter(parameter: Parameter, pack: Pack) -> Iterator[Change]:
    for place, dated in enumerate(parameter.values):
        for what, value in _values(dated.value):
            yield what, _with_value(parameter, place, replace(dated, value=value))
    for place in range(1, len(parameter.values)):
        for step in DAYS:
            day = parameter.values[place].from_ + step
            earlier = _with_value(parameter, place - 1, replace(parameter.values[place - 1], until=day))
            yield f"from {day}", _with_value(earlier, place, replace(parameter.values[place], from_=day))


def _with_value(parameter: Parameter, place: int, dated: Dated) -> Parameter:
    return replace(parameter, values=(*parameter.values[:place], dated, *parameter.values[place + 1 :]))


def _values(value: Any) -> Iterator[Change]:
    """A number or date one step off, a list without one member, a map with one of its values changed so."""
    if isinstance(value, dict):
        for key, inside in value.items():
            for what, other in _values(inside):
                yield f"{key} {what}", {**value, key: other}
    elif isinstance(value, list):
        for gone in value if len(value) > 1 else ():
            yield f"without {gone}", [item for item in value if item != gone]
    elif isinstance(value, dt.date):
        yield from ((f"is {value + step}", value + step) for step in DAYS)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from ((f"is {value + step}", value + step) for step in (-1, 1))


# ------------------------------------------------------------------------------------------- definitions and rules


def _definition(definition: Definition, pack: Pack) -> Iterator[Change]:
    for field in ("when", "value"):
        for other in changed(getattr(definition, field) or ""):
            yield f"{field} {other}", replace(definition, **{field: other})


def _rule(rule: Rule, pack: Pack) -> Iterator[Change]:
    yield "gone", None
    for gone in rule.overrides:
        kept = tuple(name for name in rule.overrides if name != gone)
        yield f"without override of {gone}", replace(rule, overrides=kept)
    for field in ("from_", "until"):
        day = getattr(rule, field)
        for step in DAYS if day is not None else ():
            yield f"{field.strip('_')} {day + step}", replace(rule, **{field: day + step})
    for other in changed(rule.when):
        yield f"when {other}", replace(rule, when=other)
    for outcome in _neighbours(rule.outcome):
        yield f"outcome {outcome.value}", replace(rule, outcome=outcome)
    yield from _conditions(rule)


def _neighbours(outcome: Outcome) -> Iterator[Outcome]:
    """The next milder and the next stricter outcome that a rule may have."""
    given: list[Outcome] = [other for other in OUTCOMES if other is not Outcome.NEEDS_INFO]
    place = given.index(outcome)
    yield from given[max(place - 1, 0) : place]
    yield from given[place + 1 : place + 2]


def _conditions(rule: Rule) -> Iterator[Change]:
    for place, condition in enumerate(rule.conditions):
        for what, new in _condition(condition):
            kept = (*rule.conditions[:place], *(() if new is None else (new,)), *rule.conditions[place + 1 :])
            yield f"duty {place + 1} {condition.verb}: {what}", replace(rule, conditions=kept)


def _condition(condition: RuleCondition) -> Iterator[Change]:
    yield "gone", None
    for name, value in condition.params.items():
        for what, other in _values(value):
            yield f"{name} {what}", replace(condition, params={**condition.params, name: other})
