"""`python -m tests.faults --strikes 2000`: nodes struck at system calls, in great number."""

from __future__ import annotations

import argparse
import concurrent.futures
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.faults.nursery import Nursery
from tests.faults.pair import Pair, Plan

_OF_A_PAIR = 120  # strikes, then it begins anew
_AT_ONCE = 4  # strikes of one acquisition


class Tally:
    """What happened so far. Threads share it."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.happened = wanted, 0
        self.by_call, self.by_side, self.by_action = Counter[str](), Counter[str](), Counter[str]()
        self.wrong: list[str] = []
        self.acquisitions = 0
        self._began = time.monotonic()
        self._gate = threading.Lock()

    def add(self, seed: int, plans: list[Plan], wrong: list[str]) -> None:
        with self._gate:
            before, self.happened = self.happened, self.happened + len(plans)
            self.acquisitions += 1
            for plan in plans:
                self.by_call[plan.strike.call.name.lower()] += 1
                self.by_side[f"{plan.side} at {plan.moment}"] += 1
                self.by_action["killed" if plan.strike.action.kills else "failed"] += 1
            if wrong:
                what = f"seed {seed}, {', '.join(map(str, plans))}:\n  " + "\n  ".join(wrong)
                self.wrong.append(what)
                print(what, flush=True)
            if before // 50 != self.happened // 50:
                print(self._progress(), flush=True)

    def told(self) -> str:
        counters = (self.by_action, self.by_call, self.by_side)
        by = "; ".join(", ".join(f"{name} {n}" for name, n in sorted(one.items())) for one in counters)
        return (
            f"{self.happened} strikes in {self.acquisitions} acquisitions, {self._seconds:.0f} s ({by}): "
            f"{len(self.wrong)} with violations"
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _progress(self) -> str:
        left = max(0, self.wanted - self.happened) * self._seconds / self.happened / 60
        return f"{self.happened} of {self.wanted} strikes, {len(self.wrong)} with violations, {left:.0f} min left"


def strike(nursery: Nursery, tally: Tally, seed: int) -> None:
    """One pair, until it has been struck often enough or a promise is broken."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        pair = Pair(nursery, Path(place), seed)
        try:
            struck, wrong = 0, list[str]()
            while struck < _OF_A_PAIR and not wrong and tally.happened < tally.wanted:
                happened, wrong = pair.acquire([pair.plan() for _ in range(_AT_ONCE)])
                tally.add(seed, happened, wrong)
                struck += len(happened)
        finally:
            pair.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strikes", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1, help="seed of the first pair")
    parser.add_argument("--pairs", type=int, default=2, help="at a time")
    chosen = parser.parse_args()
    tally, nursery = Tally(chosen.strikes), Nursery()
    seeds = iter(range(chosen.first, chosen.first + 1_000_000))

    def again() -> None:
        while tally.happened < tally.wanted:
            seed = next(seeds)
            try:
                strike(nursery, tally, seed)
            except AssertionError as error:
                tally.add(seed, [], [str(error)])

    with concurrent.futures.ThreadPoolExecutor(chosen.pairs) as pool:
        for done in [pool.submit(again) for _ in range(chosen.pairs)]:
            done.result()
    nursery.close()
    print(tally.told())
    return bool(tally.wrong)


if __name__ == "__main__":
    raise SystemExit(main())
