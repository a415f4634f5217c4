"""Worlds by number: `python -m tests.world --seed 7` shows one, `--worlds 1000` runs many."""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable

from tests.world.seeds import brief, one


def show(seed: int) -> int:
    outcome = one(seed)
    print(*outcome.trace, sep="\n")
    print(f"\nseed {seed}: {dict(outcome.ends)}\ntrace {outcome.digest}")
    print(*(outcome.violations or ["no violation"]), sep="\n")
    return bool(outcome.violations)


def many(first: int, count: int, processes: int) -> int:
    faults: Counter[str] = Counter()
    bad: list[int] = []
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for n, (seed, met, found) in enumerate(pool.imap_unordered(brief, range(first, first + count), 16), 1):
            faults.update(met)
            if found:
                bad.append(seed)
                print(f"seed {seed}: {found[0]}  (make world SEED={seed})", flush=True)
            if n % 1000 == 0:
                print(_progress(n, count, time.monotonic() - began), flush=True)
    print(_told(faults.items()))
    print(
        f"{count} worlds from seed {first} in {time.monotonic() - began:.0f} s: {len(bad)} with violations {bad[:20]}"
    )
    return bool(bad)


def _progress(n: int, count: int, seconds: float) -> str:
    return f"{n} of {count} worlds, {n / seconds:.0f} a second, {(count - n) * seconds / n / 60:.0f} min left"


def _told(faults: Iterable[tuple[str, int]]) -> str:
    return "faults: " + ", ".join(f"{name} {n}" for name, n in sorted(faults) if n)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.seed is not None:
        return show(chosen.seed)
    return many(chosen.first, chosen.worlds, chosen.processes)


if __name__ == "__main__":
    raise SystemExit(main())
