"""Numbers of people per category of which some are only known within bounds."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tegata.model.categories import CATEGORIES

Bounds = tuple[float, float]
"""(least, most) number of people; (n, n) is exact and (0, inf) unknown."""

NONE: Bounds = (0, 0)
UNKNOWN: Bounds = (0, math.inf)


_NAMES = frozenset(CATEGORIES) | {category.partition(".")[0] for category in CATEGORIES}


def below(category: str, head: str) -> bool:
    """Whether `category` is `head` or stands below it: `special.race` below `special`."""
    return category == head or category.startswith(head + ".")


class Counts(NamedTuple):
    """`entries` by category or head of categories (`identifier`); `absent` holds for every category not in it."""

    entries: Mapping[str, Bounds]
    absent: Bounds = NONE

    @property
    def complete(self) -> bool:
        """Whether every number is exact."""
        return self.absent == NONE and False not in [least == most for least, most in self.entries.values()]

    @property
    def coarse(self) -> bool:
        """Whether some category, or head of categories, has no exact number: a head was counted and not its parts, or
        the parts and not the head."""
        return any(least != most for least, most in map(self.of, _NAMES))

    def of(self, category: str) -> Bounds:
        """Bounds for a category. A head has at least the people of its largest part, at most those of all parts."""
        entry = self.entries.get(category)
        if entry is not None:
            return entry
        parts = [bounds for name, bounds in self.entries.items() if name.startswith(category + ".")]
        if parts:
            return max(least for least, _ in parts), sum(most for _, most in parts) + self.absent[1]
        whole = self.entries.get(category.split(".", 1)[0])
        return self.absent if whole is None else (0, whole[1])


def counted(stated: Mapping[str, int] | None, held: Iterable[str] | None, absent_is_unknown: bool) -> Counts:
    """What a flow states of a counts fact, against the categories that the data holds (None: unknown).

    A category which the data does not hold concerns nobody. One that it holds and that was not counted is unknown
    where the schema says so, unless the head of it was counted: the number of that is its own where the data holds
    nothing else below the head.
    """
    if stated is None:
        entries: dict[str, Bounds] = {}
        absent_is_unknown = True
    else:
        entries = {category: (n, n) for category, n in stated.items()}
    if not absent_is_unknown:
        return Counts(entries)
    if held is None:
        return Counts(entries, UNKNOWN)
    held = frozenset(held)
    for category in held - entries.keys():
        head = category.partition(".")[0]
        if head not in entries:
            entries[category] = UNKNOWN
        elif held & categories_below(head) == {category}:
            entries[category] = entries[head]
    return Counts(entries)


@functools.cache
def categories_below(head: str) -> frozenset[str]:
    """The canonical categories that are `head` or stand below it."""
    return frozenset(category for category in CATEGORIES if below(category, head))


def plus(one: Counts, other: Counts) -> Counts:
    """People of two disjoint groups together."""
    if not other.entries and other.absent == NONE:
        return one
    names = one.entries.keys() | other.entries.keys()
    absent = (one.absent[0] + other.absent[0], one.absent[1] + other.absent[1])
    return Counts({name: _added(one.of(name), other.of(name)) for name in names}, absent)


def _added(one: Bounds, other: Bounds) -> Bounds:
    return one[0] + other[0], one[1] + other[1]


def bounded(counts: Counts, upper: Counts) -> Counts:
    """`counts`, of which no number exceeds that of `upper`."""
    if counts.complete:
        return counts
    names = counts.entries.keys() | upper.entries.keys()
    absent = (counts.absent[0], min(counts.absent[1], upper.absent[1]))
    return Counts({name: _capped(counts.of(name), upper.of(name)) for name in names}, absent)


def _capped(bounds: Bounds, upper: Bounds) -> Bounds:
    return bounds[0], max(bounds[0], min(bounds[1], upper[1]))


def with_count(counts: Counts, category: str, n: float | None) -> Counts:
    """`counts` in which `category` has `n` (None: unknown), for categories that are counted in another unit."""
    if n == 0 and counts.of(category) == NONE:
        return counts
    return Counts({**counts.entries, category: UNKNOWN if n is None else (n, n)}, counts.absent)


def exceeds_one(counts: Counts, category: str, limit: float) -> bool | None:
    """Whether the count of a category is greater than a limit; None when the bounds do not tell."""
    least, most = counts.of(category)
    return True if least > limit else None if most > limit else False


def exceeds(counts: Counts, limits: Mapping[str, float]) -> bool | None:
    """Whether some category's count is greater than its limit; None when the bounds do not tell."""
    found = [exceeds_one(counts, category, limit) for category, limit in limits.items()]
    return True if True in found else None if None in found else False


def exceeds_lowest(counts: Counts, limits: Mapping[str, float], held: frozenset[str] | None) -> bool | None:
    """Whether some category's count is greater than the lowest limit of any category that the data holds.

    The reading of 28 CFR 202.205(g): in combined data the lowest threshold of any category present applies to all.
    """
    if held is None:
        lowest = min(limits.values())
        return False if exceeds(counts, dict.fromkeys(limits, lowest)) is False else None
    present = [head for head in limits if not held.isdisjoint(categories_below(head))]
    if not present:
        return False
    return exceeds(counts, dict.fromkeys(present, min(limits[head] for head in present)))
