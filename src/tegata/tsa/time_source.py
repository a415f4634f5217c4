"""Is the clock good enough to vouch for? Asked before every token; while it is not, none is given."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal, Protocol

from tegata.clock import Clock, Discipline
from tegata.model.base import Text, t

TimeSource = Literal["kernel", "unchecked"]
_LOOK_SECONDS: Final = 1.0


class DisciplinedClock(Clock, Protocol):
    """A clock that tells what keeps it right."""

    def discipline(self) -> Discipline | None: ...


class TimeGuard:
    """Refuses a clock that nobody keeps right, that may be off by more than the accuracy promised, that has jumped, or
    that stands before a time already vouched for."""

    def __init__(
        self, clock: DisciplinedClock, source: TimeSource, accuracy: dt.timedelta, last: dt.datetime | None
    ) -> None:
        self._clock = clock
        self._source = source
        self._accuracy = accuracy
        self._last = last
        self._settle()

    def now(self) -> tuple[dt.datetime, Text | None]:
        """The time, and why it must not be vouched for (None: it may)."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        if abs((now - self._since) - dt.timedelta(seconds=monotonic - self._since_monotonic)) > self._accuracy / 2:
            self._settle()
            return now, t("the clock has jumped", "時計が急に変わりました")
        if monotonic - self._looked > _LOOK_SECONDS:
            self._look(monotonic)
        if self._trouble is None and self._last is not None and now < self._last:
            return now, t("the clock stands before the last token", "時計が最後の証明より前を指しています")
        if self._trouble is None:
            self._last = now
        return now, self._trouble

    def _settle(self) -> None:
        self._since, self._since_monotonic = self._clock.now(), self._clock.monotonic()
        self._look(self._since_monotonic)

    def _look(self, monotonic: float) -> None:
        self._looked = monotonic
        self._trouble = None if self._source == "unchecked" else _trouble(self._clock.discipline(), self._accuracy)


def _trouble(found: Discipline | None, accuracy: dt.timedelta) -> Text | None:
    if found is None:
        return t("the kernel does not tell what keeps the clock right", "時計の同期状態をカーネルから得られません")
    if not found.synchronised:
        return t("nothing keeps the clock right (NTP or PTP)", "時計が NTP や PTP で同期されていません")
    if found.error > accuracy:
        seconds = found.error.total_seconds()
        return t(f"the clock may be off by {seconds:.3f} s", f"時計が最大 {seconds:.3f} 秒ずれている恐れがあります")
    return None
