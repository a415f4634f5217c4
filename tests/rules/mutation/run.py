"""Mutants of packs against the tests of the packs, on every core. Exit status 1 under 95 % for any pack.

python -m tests.rules.mutation.run [PACK...]        all packs where none is named
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from tegata.rules.pack import BUILTIN, Pack, load_pack
from tests.rules.mutation.mutants import mutants
from tests.rules.mutation.trials import trials

GOAL = 0.95
EQUIVALENT: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "equivalent.yaml").read_text("utf-8")
)
"""By pack: mutants that say the same law in other words, each with the reason why nobody can tell them apart."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some mutants of a pack. `total` leaves out those that are `equivalent`."""

    total: int = 0
    survivors: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.total + other.total, self.survivors + other.survivors, self.equivalent + other.equivalent)

    @property
    def killed(self) -> float:
        return 1 - len(self.survivors) / self.total if self.total else 1.0


def tally(pack: Pack, first: int = 0, step: int = 1) -> Tally:
    """Every `step`th mutant of a pack from the `first` on, against its trials."""
    tried, told = trials(pack), EQUIVALENT.get(pack.id, {})
    total, survivors, equivalent = 0, [], []
    for name, make in itertools.islice(mutants(pack), first, None, step):
        mutant = make()
        if mutant is None:
            continue
        survived = all(trial.passed(mutant) for trial in tried)
        if survived and name in told:
            equivalent.append(name)
            continue
        total += 1
        if survived:
            survivors.append(name)
    return Tally(total, tuple(survivors), tuple(equivalent))


def misjudged(pack: Pack, whole: Tally) -> list[str]:
    """Mutants reviewed as equivalent that a test finds out, or that are not made any more."""
    return sorted(EQUIVALENT.get(pack.id, {}).keys() - set(whole.equivalent))


def packs() -> dict[str, Pack]:
    found = [load_pack(path.parent) for path in sorted(BUILTIN.glob("*/*/pack.yaml"))]
    return {pack.id: pack for pack in found}


def _share(pack: str, first: int, step: int) -> Tally:
    return tally(packs()[pack], first, step)


def main(named: list[str]) -> int:
    known, cores, bad = packs(), os.cpu_count() or 1, 0
    if unknown := sorted(set(named) - known.keys()):
        print(f"no pack {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        for name in named or known:
            begin = time.perf_counter()
            shares = pool.map(_share, [name] * cores, range(cores), [cores] * cores)
            whole = sum(shares, Tally())
            bad += _shown(known[name], whole, time.perf_counter() - begin)
    return 1 if bad else 0


def _shown(pack: Pack, whole: Tally, seconds: float) -> bool:
    """Print what became of a pack's mutants; whether that is not good enough."""
    wrong = misjudged(pack, whole)
    print(
        f"{pack.id:22} {whole.total:5} mutants, {whole.total - len(whole.survivors):5} killed ({whole.killed:.1%}), "
        f"{len(whole.survivors):3} survived, {len(whole.equivalent):3} equivalent, {seconds:5.1f} s",
        flush=True,
    )
    for survivor in whole.survivors:
        print(f"    survived: {survivor}")
    for name in wrong:
        print(f"    not equivalent, or not made any more: {name}")
    return whole.killed < GOAL or bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
