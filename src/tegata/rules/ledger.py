"""How many different people went to one recipient: exact up to what a law asks, in memory bounded by what it asks.

A law that adds up over transfers (28 CFR 202.205) asks only whether a count is above its limit within its window. For
that it is enough to keep, of each counterparty and category, the `room` = limit + 1 subjects that were seen last: as
long as no more than the limit are in the window all of them are kept, and a count above it needs no more. A subject
that is seen again moves to the front; one that is dropped was seen before all that are kept.

Subjects are tokens (`rules.tokens`). Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace

from tegata.rules.tokens import Subjects


@dataclass(frozen=True, slots=True)
class Account:
    """Subjects that went to one counterparty, and when each was last seen: side by side, in the order of times. What is
    kept of one may lie in several, which together count as one."""

    subjects: Sequence[int] = ()
    times: Sequence[int] = ()
    dropped_at: int = -1  # when the last of those for whom there was no room was seen; -1: there was room for all
    above_at: int = -1  # when subjects were last counted from above; -1: never

    @classmethod
    def seen(cls, subjects: Collection[int], at: int, *, above: bool = False) -> Account:
        """These, all at one time."""
        each = tuple(dict.fromkeys(subjects))
        return cls(each, (at,) * len(each), above_at=at if above else -1)

    def merged(self, later: Account, room: int) -> Account:
        """Both as one, with the `room` of them that were seen last. A clock that went back makes nobody older."""
        last = dict(zip(self.subjects, self.times, strict=True))
        for subject, at in zip(later.subjects, later.times, strict=True):
            if at >= last.get(subject, at):
                last[subject] = at
        seen = sorted(last, key=last.__getitem__)
        times = [last[subject] for subject in seen]
        dropped_at, above_at = max(self.dropped_at, later.dropped_at), max(self.above_at, later.above_at)
        if (excess := len(seen) - room) > 0:
            dropped_at = max(dropped_at, times[excess - 1])
            seen, times = seen[excess:], times[excess:]
        return Account(seen, times, dropped_at, above_at)

    def from_above(self) -> Account:
        """The same where nobody in it can be told from others any more."""
        return replace(self, above_at=max(self.times, default=self.above_at))

    def reaches(self, moment: int) -> bool:
        """Whether anybody was seen at `moment` or later."""
        return bool(self.times) and self.times[-1] >= moment

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
