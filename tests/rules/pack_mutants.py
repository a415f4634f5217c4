"""Every small change of a pack's law, in memory: thresholds, dates, operators, exceptions, whole rules and duties."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tegata.model.errors import PackError
from tegata.rules.faults import Faults
from tegata.rules.pack import Pack, _boundaries
from tegata.rules.pack_check import check_pack
from tegata.rules.pack_file import Dated, Parameter, Rule
from tests.rules.pack_judge import check_example

DAY = dt.timedelta(1)
SWAPS = (
    (r">=", ">"),
    (r"(?<![<>=!])<(?!=)", "<="),
    (r"(?<![<>=!])>(?!=)", ">="),
    (r"==", "!="),
    (r"!=", "=="),
    (r"\band\b", "or"),
    (r"\bor\b", "and"),
    (r"\bnot ", ""),
)

Mutant = tuple[str, Callable[[], Pack]]


def mutants(pack: Pack) -> Iterator[Mutant]:
    yield from _items(pack, "parameters", _parameter)
    yield from _items(pack, "definitions", _expression)
    yield from _items(pack, "rules", _rule)
    for changed in _swapped(pack.files.head.applies):
        head = msgspec.structs.replace(pack.files.head, applies=changed)
        yield f"applies: {changed}", lambda head=head: _rebuilt(pack, head=head)  # type: ignore[misc]


def survivors(pack: Pack, wrong: Callable[[Pack], bool]) -> tuple[list[str], int]:
    """Names of the mutants that neither the examples nor `wrong` find out, and how many there were."""
    alive, total = [], 0
    for name, make in mutants(pack):
        try:
            mutant = make()
        except PackError:  # the loader refuses it: nobody can be misled
            continue
        total += 1
        if not _fails(mutant) and not wrong(mutant):
            alive.append(name)
    return alive, total


def _fails(pack: Pack) -> bool:
    try:
        for example in pack.files.examples:
            check_example(pack, example)
    except (AssertionError, PackError, TypeError):
        return True
    return False


def _rebuilt(pack: Pack, **changed: Any) -> Pack:
    files, faults = msgspec.structs.replace(pack.files, **changed), Faults()
    checked = check_pack(files, pack.schema, faults)
    if faults.found:
        raise faults.found[0]
    return Pack(files, checked, pack.digest, pack.schema, _boundaries(files))


def _items(pack: Pack, kind: str, change: Callable[[Any, Pack], Iterator[tuple[str, Any]]]) -> Iterator[Mutant]:
    items = getattr(pack.files, kind)
    for place, item in enumerate(items):
        for what, changed in change(item, pack):
            kept = () if changed is None else (changed,)
            new = (*items[:place], *kept, *items[place + 1 :])
            yield f"{kind} {item.id}: {what}", lambda new=new: _rebuilt(pack, **{kind: new})  # type: ignore[misc]


def _parameter(parameter: Parameter, pack: Pack) -> Iterator[tuple[str, Any]]:
    for place, dated in enumerate(parameter.values):
        for what, value in _values(dated.value):
            yield what, _with_value(parameter, place, msgspec.structs.replace(dated, value=value))
    for place, (one, two) in enumerate(zip(parameter.values, parameter.values[1:], strict=False)):
        for step in (-DAY, DAY):
            day = two.from_ + step
            earlier = _with_value(parameter, place, msgspec.structs.replace(one, until=day))
            yield f"from {day}", _with_value(earlier, place + 1, msgspec.structs.replace(two, from_=day))


def _with_value(parameter: Parameter, place: int, dated: Dated) -> Parameter:
    values = (*parameter.values[:place], dated, *parameter.values[place + 1 :])
    return msgspec.structs.replace(parameter, values=values)


def _values(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dt.date):
        yield from ((f"is {value + step}", value + step) for step in (-DAY, DAY))
    elif isinstance(value, int | float):
        yield from ((f"is {value + step}", value + step) for step in (-1, 1))
    elif isinstance(value, list) and len(value) > 1:
        yield from ((f"without {gone}", [item for item in value if item != gone]) for gone in value)


def _rule(rule: Rule, pack: Pack) -> Iterator[tuple[str, Any]]:
    if rule.status != "in_force":
        return
    if not any(rule.id in other.overrides for other in pack.files.rules):
        yield "gone", None
    for gone in rule.overrides:
        kept = tuple(name for name in rule.overrides if name != gone)
        yield f"without override of {gone}", msgspec.structs.replace(rule, overrides=kept)
    for field in ("from_", "until"):
        day = getattr(rule, field)
        for step in (-DAY, DAY) if day is not None else ():
            yield f"{field} {day + step}", msgspec.structs.replace(rule, **{field: day + step})
    yield from _expression(rule, pack)


def _expression(item: Any, pack: Pack) -> Iterator[tuple[str, Any]]:
    for changed in _swapped(item.when or ""):
        yield changed, msgspec.structs.replace(item, when=changed)


def _swapped(source: str) -> Iterator[str]:
    for pattern, other in SWAPS:
        for found in re.finditer(pattern, source):
            yield source[: found.start()] + other + source[found.end() :]
