"""How many different people went to one recipient: exact up to what a law asks, in memory bounded by what it asks.

A law that adds up over transfers (28 CFR 202.205) asks only whether a count is above its limit within its window. For
that it is enough to keep, of each counterparty and category, the `room` = limit + 1 subjects that were seen last: as
long as no more than the limit are in the window all of them are kept, and a count above it needs no more. A subject
that is seen again moves to the front; one that is dropped was seen before all that are kept.

Subjects are tokens (`rules.tokens`). Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace

from tegata.rules.tokens import Subjects


@dataclass(frozen=True, slots=True)
class Account:
    """Subjects that went to one counterparty, and when each was last seen: side by side, in the order of times."""

    subjects: Sequence[int] = ()
    times: Sequence[int] = ()
    dropped_at: int = -1  # when the last of those for whom there was no room was seen; -1: there was room for all
    above_at: int = -1  # when subjects were last counted from above; -1: never

    def with_seen(self, subjects: Collection[int], at: int, room: int, *, above: bool = False) -> Account:
        """After `subjects` were seen at `at`. A clock that went back makes nobody older."""
        later = bisect_right(self.times, at)
        known = set(self.subjects[later:])
        fresh = [subject for subject in dict.fromkeys(subjects) if subject not in known]
        earlier, moments = self.subjects[:later], self.times[:later]
        if not (again := set(fresh)).isdisjoint(earlier):
            kept = [n for n, subject in enumerate(earlier) if subject not in again]
            earlier, moments = [earlier[n] for n in kept], [moments[n] for n in kept]
        seen = [*earlier, *fresh, *self.subjects[later:]]
        times = [*moments, *[at] * len(fresh), *self.times[later:]]
        above_at = max(at, self.above_at) if above else self.above_at
        if (excess := len(seen) - room) <= 0:
            return Account(seen, times, self.dropped_at, above_at)
        return Account(seen[excess:], times[excess:], max(self.dropped_at, times[excess - 1]), above_at)

    def from_above(self) -> Account:
        """The same where nobody in it can be told from others any more."""
        return replace(self, above_at=max(self.times, default=self.above_at))

    def since(self, moment: int) -> Sequence[int]:
        """Those seen at `moment` or later, each once."""
        return self.subjects[bisect_left(self.times, moment) :]


def others(accounts: Iterable[Account], held: Iterable[Subjects], present: Set[int], since: int, room: int) -> int:
    """People who went to a group of counterparties since then, or are `held` on the way, and are not `present`.

    Together with those present it is exact up to the limit (`room` - 1), and above the limit wherever the truth is.
    """
    accounts = tuple(accounts)
    *parts, most = sorted([(), *(account.since(since) for account in accounts), *(one.tokens for one in held)], key=len)
    rest = set[int]().union(*parts) - present
    count = len(rest) + len(most) - len((rest | present).intersection(most))  # the largest, passed through only once
    if any(account.dropped_at >= since for account in accounts):
        return max(count, room - len(present))  # kept under a lower limit than today's: more than it are in the window
    return count
