from __future__ import annotations

import datetime as dt

from tegata.clock import Clock, FixedClock, SystemClock


def test_the_system_clock_is_aware_and_in_utc() -> None:
    clock: Clock = SystemClock()
    before = dt.datetime.now(dt.UTC)
    now = clock.now()
    assert before <= now <= dt.datetime.now(dt.UTC)
    assert now.utcoffset() == dt.timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_a_fixed_clock_goes_on_when_told() -> None:
    japan = dt.timezone(dt.timedelta(hours=9))
    clock: Clock
    clock = fixed = FixedClock(dt.datetime(2026, 4, 1, 9, tzinfo=japan))
    assert (clock.now(), clock.now().utcoffset(), clock.monotonic()) == (
        dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
        dt.timedelta(0),
        0.0,
    )
    fixed.advance(dt.timedelta(minutes=1, milliseconds=500))
    assert clock.now() == dt.datetime(2026, 4, 1, 0, 1, 0, 500_000, tzinfo=dt.UTC)
    assert clock.monotonic() == 60.5
