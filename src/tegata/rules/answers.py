"""Answers worth trying where not every answer can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from tegata.rules.counts import Counts, below
from tegata.rules.facts import FactSpec, FactType

MANY = 10**9


def answers(spec: FactSpec, constants: Iterable[object]) -> tuple[Any, ...]:
    """Telling values: all of a small domain, else those around the constants that the fact is compared with."""
    kind, found = spec.type.kind, list(constants)
    if kind == "bool":
        return (True, False)
    if kind == "text" and spec.type.of == "enum":
        return tuple(sorted(spec.type.domain or ()))
    if kind in ("int", "number"):
        near, most = {n + step for n in found if isinstance(n, int | float) for step in (-1, 0, 1)}, spec.type.most
        return tuple(sorted(n for n in near | {0, min(MANY, most)} if 0 <= n <= most))
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
