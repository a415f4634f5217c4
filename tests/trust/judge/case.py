"""One question that others wrote down with its answer, and what we say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tegata.model.errors import TegataError


class Case(NamedTuple):
    """`expected` None: the set leaves it free. `ours`: whether we accept. `policy`: why a good one is refused."""

    id: str
    expected: bool | None
    ours: bool
    policy: str = ""


Judge = Callable[[], Iterator[Case]]


def accepts(work: Callable[[], object]) -> bool:
    """Whether the work is done without one of our refusals; any other exception is a fault and goes on."""
    try:
        work()
    except TegataError:
        return False
    return True
