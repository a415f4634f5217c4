"""How many different people went to one recipient: exact up to what a law asks, in memory bounded by what it asks.

A law that adds up over transfers (28 CFR 202.205) asks only whether a count is above its limit within its window. For
that it is enough to keep, of each counterparty and category, the `room` = limit + 1 subjects that were seen last: as
long as no more than the limit are in the window all of them are kept, and a count above it needs no more. A subject
that is seen again moves to the front; one that is dropped was seen before all that are kept.

Subjects are tokens (`rules.tokens`). Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from tegata.rules.tokens import Subjects


@dataclass(frozen=True, slots=True)
class Account:
    """Subjects that went to one counterparty, and when each was last seen."""

    seen: Mapping[int, int] = field(default_factory=dict)
    dropped_at: int = -1  # when the last of those for whom there was no room was seen; -1: there was room for all
    above_at: int = -1  # when subjects were last counted from above; -1: never

    def with_seen(self, subjects: Iterable[int], at: int, room: int, *, above: bool = False) -> Account:
        """After `subjects` were seen at `at`. A clock that went back makes nobody older."""
        seen = dict(self.seen)
        for subject in subjects:
            seen[subject] = max(at, seen.get(subject, at))
        above_at = max(at, self.above_at) if above else self.above_at
        if len(seen) <= room:
            return Account(seen, self.dropped_at, above_at)
        latest = sorted(seen, key=lambda subject: (seen[subject], subject), reverse=True)
        return Account(
            {subject: seen[subject] for subject in latest[:room]},
            max(self.dropped_at, seen[latest[room]]),
            above_at,
        )

    def since(self, moment: int) -> set[int]:
        """Those seen at `moment` or later."""
        return {subject for subject, at in self.seen.items() if at >= moment}


def others(accounts: Iterable[Account], held: Iterable[Subjects], present: Set[int], since: int, room: int) -> int:
    """People who went to a group of counterparties since then, or are `held` on the way, and are not `present`.

    Together with those present it is exact up to the limit (`room` - 1), and above the limit wherever the truth is.
    """
    accounts = tuple(accounts)
    before = set[int]().union(*(account.since(since) for account in accounts), *(one.tokens for one in held))
    count = len(before - present)
    if any(account.dropped_at >= since for account in accounts):
        return max(count, room - len(present))  # kept under a lower limit than today's: more than it are in the window
    return count
