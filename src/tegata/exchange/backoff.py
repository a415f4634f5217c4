"""When to try again."""

from __future__ import annotations

import datetime as dt
from typing import Final

GIVE_UP_AFTER: Final = dt.timedelta(hours=72)
_FIRST: Final = dt.timedelta(seconds=1)
_LONGEST: Final = dt.timedelta(minutes=15)


def next_try(now: dt.datetime, attempts: int) -> dt.datetime:
    """Doubling from one second to a quarter of an hour; `attempts` counts those that failed, from 1."""
    wait: dt.timedelta = _FIRST * (1 << min(attempts - 1, 20))
    return now + min(wait, _LONGEST)
