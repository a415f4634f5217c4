"""What somebody may have beside a protected copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tegata.protect.trace import Trace
    from tegata.tables import Source


@dataclass(frozen=True)
class Others:
    """Other tables: what they tell together with the copy is measured. `trace` takes what the copy itself tells, so
    that later ones can be measured beside it."""

    against: tuple[Source, ...] = ()  # with the values of people as they are
    earlier: tuple[Source, ...] = ()  # copies of the same data that have left
    trace: Trace | None = None
