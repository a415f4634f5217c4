"""What if? One flow over a grid of other values: how the outcome moves with count, destination, date or mechanism."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tegata.model.base import Noun, t
from tegata.model.decision import Decision, Fact, Flow, Outcome
from tegata.model.errors import UsageError
from tegata.rules.answer import fact_and_part, read_answer, read_number
from tegata.rules.decide import decide
from tegata.rules.facts import fact_schema
from tegata.rules.flow import DATES, read_date
from tegata.rules.pack import Pack

MOST_VARIANTS: Final = 10_000


class Axis(Noun, frozen=True, kw_only=True):
    """A fact, one category of a counts fact, or a date, and the values that it takes in turn, as they were written."""

    name: str
    values: tuple[str, ...]


class Variant(Noun, frozen=True, kw_only=True):
    """One point of the grid. `rules` (`<pack>/<rule>`) decide it; `missing` are the facts that it still needs."""

    values: tuple[str, ...]
    outcome: Outcome
    rules: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Variation(Noun, frozen=True, kw_only=True):
    """The grid, the last axis moving fastest."""

    axes: tuple[Axis, ...]
    variants: tuple[Variant, ...]


def read_axis(text: str) -> Axis:
    """`recipient.located_in=DE,US,CN`. Members of one set are joined by `+`: `data.categories=health+financial,minor`.

    Raises:
        UsageError: not of that form.
        FactError: an unknown fact, or a value that does not fit it.
    """
    name, equals, listed = text.partition("=")
    values = tuple(value.strip() for value in listed.split(","))
    if not equals or not name.strip() or not all(values):
        raise UsageError(
            t(f"`{text}` is nothing to vary", f"`{text}` は変化させる指定になっていません"),
            hint=t(
                "write name=value,value: recipient.located_in=DE,US",
                "名前=値,値 と書きます: recipient.located_in=DE,US",
            ),
        )
    axis = Axis(name=name.strip(), values=values)
    for value in values:
        changed(Flow(), axis.name, value)
    return axis


def vary(flow: Flow, axes: Sequence[Axis], packs: Sequence[Pack], *, today: dt.date) -> Variation:
    """The outcome at every point of the grid; everything else stays as the flow states it.

    Raises:
        UsageError: the grid has more than 10,000 points, or one name stands on two axes.
        FactError: see `decide`.
    """
    size = math.prod(len(axis.values) for axis in axes)
    if size > MOST_VARIANTS:
        raise UsageError(
            t(f"the grid has {size:,} points", f"組合せが {size:,} 通りあります"),
            hint=t(f"at most {MOST_VARIANTS:,} are tried at once", f"一度に試せるのは {MOST_VARIANTS:,} 通りまでです"),
        )
    if len({axis.name for axis in axes}) < len(axes):
        raise UsageError(t("a name is varied twice", "同じ名前が二度指定されています"))
    return Variation(axes=tuple(axes), variants=tuple(_variants(flow, axes, packs, today)))


def _variants(flow: Flow, axes: Sequence[Axis], packs: Sequence[Pack], today: dt.date) -> Iterator[Variant]:
    for values in itertools.product(*(axis.values for axis in axes)):
        varied = flow
        for axis, value in zip(axes, values, strict=True):
            varied = changed(varied, axis.name, value)
        decision = decide(varied, packs, today=today, search_paths=False)
        yield Variant(
            values=values,
            outcome=decision.outcome,
            rules=deciding(decision),
            missing=tuple(fact.name for fact in decision.missing),
        )


def deciding(decision: Decision) -> tuple[str, ...]:
    """The rules that hold and have the outcome of the whole, as `<pack>/<rule>`."""
    return tuple(
        f"{pack.pack}/{hit.rule}"
        for pack in decision.per_pack
        for hit in pack.rules
        if hit.holds and hit.outcome is decision.outcome
    )


def changed(flow: Flow, name: str, text: str) -> Flow:
    """The flow in which one fact, one category of a count, or one date has another value (`unknown`: none)."""
    if name in DATES:
        return msgspec.structs.replace(flow, **{name: read_date(name, text)})
    spec, part = fact_and_part(fact_schema(), name)
    facts = {other: fact for other, fact in flow.facts.items() if other != spec.name}
    if part:
        counts = _with_part(flow.facts.get(spec.name), part, read_number(spec, part, text))
        return msgspec.structs.replace(flow, facts={**facts, spec.name: Fact(value=counts)} if counts else facts)
    value = read_answer(spec, text.replace("+", ",") if spec.type.kind == "set" else text)
    return msgspec.structs.replace(flow, facts=facts if value is None else {**facts, spec.name: Fact(value=value)})


def _with_part(held: Fact | None, part: str, number: int | None) -> dict[str, int]:
    stated = held.value if held and isinstance(held.value, dict) else {}
    others = {category: n for category, n in stated.items() if category != part}
    return others if number is None else {**others, part: number}
