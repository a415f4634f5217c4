"""A world by its number."""

from __future__ import annotations

from collections import Counter

from tests.world.origin import origins
from tests.world.world import Outcome, run


def brief(seed: int) -> tuple[int, Counter[str], list[str]]:
    outcome = one(seed)
    return seed, outcome.faults, outcome.violations


def one(seed: int) -> Outcome:
    return run(seed, *origins())
