"""The one place that reads time. Everything else is given a `Clock`, or the moment itself."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and measures it."""

    def now(self) -> dt.datetime:
        """The moment, aware, in UTC: for documents, tokens and due times."""
        ...

    def monotonic(self) -> float:
        """Seconds from an unknown start that never run backwards: for durations."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that stands still until it is told to go on. For tests and for replays, also those of other projects."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start.astimezone(dt.UTC)
        self._elapsed = 0.0

    def now(self) -> dt.datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, step: dt.timedelta) -> None:
        """Both readings go on by `step`."""
        self._now += step
        self._elapsed += step.total_seconds()
