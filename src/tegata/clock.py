"""The one place that reads time. Everything else is given a `Clock`, or the moment itself."""

from __future__ import annotations

import ctypes
import datetime as dt
import struct
import time
from typing import Final, NamedTuple, Protocol

_TIMEX: Final = struct.Struct("@I4lil")  # modes, offset, freq, maxerror, esterror, status: the head of struct timex
_TIMEX_SIZE: Final = 512  # more than any kernel writes
_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5


class Clock(Protocol):
    """Tells the time, and measures it."""

    def now(self) -> dt.datetime:
        """The moment, aware, in UTC: for documents, tokens and due times."""
        ...

    def monotonic(self) -> float:
        """Seconds from an unknown start that never run backwards: for durations."""
        ...


class Discipline(NamedTuple):
    """What keeps the machine's clock right: whether anything does, and by how much it may be off at most."""

    synchronised: bool
    error: dt.timedelta


class SystemClock:
    """The clock of the machine."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def discipline(self) -> Discipline | None:
        """As the kernel tells (adjtimex(2), which NTP and PTP daemons keep up to date); None where it does not."""
        buffer = ctypes.create_string_buffer(_TIMEX_SIZE)
        try:
            state = ctypes.CDLL(None).adjtimex(buffer)
        except (OSError, AttributeError):  # not Linux
            return None
        if state < 0:
            return None
        _, _, _, most, _, status, _ = _TIMEX.unpack_from(buffer)
        return Discipline(state != _TIME_ERROR and not status & _STA_UNSYNC, dt.timedelta(microseconds=most))


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
