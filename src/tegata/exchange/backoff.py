"""When to try again."""

from __future__ import annotations

import datetime as dt
from typing import Final

GIVE_UP_AFTER: Final = dt.timedelta(hours=72)
CONFLICT: Final = dt.timedelta(seconds=30)
_FIRST: Final = dt.timedelta(seconds=1)
_LONGEST: Final = dt.timedelta(minutes=15)


def wait(failures: int) -> dt.timedelta:
    """Doubling from one second to a quarter of an hour; `failures` counts from 1."""
    doubled: dt.timedelta = _FIRST * (1 << min(failures - 1, 20))
    return min(doubled, _LONGEST)
