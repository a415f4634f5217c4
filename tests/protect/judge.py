"""Every risk figure that is stated of a copy, put to the test: `make judge-attacks` draws populations, releases them
and lets attackers try. Who a record belongs to they do not see; the judge does, by the pseudonym of the number.

Attackers work in plain Python and use nothing of what measures the figures.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tegata.model.plan import ProtectionPlan, Release
from tegata.protect.trace import Trace
from tegata.tables import open_source
from tests.protect.test_attacks import ANONYMOUS, KNOWN, PLAIN, Person, fits, owners, people, released, written

ROUNDS: Final = 10  # of guesses for everybody
PAGE: Final = Path(__file__).parents[2] / "docs" / "attacks.md"
Record = Mapping[str, str]
Groups = dict[tuple[str, ...], list[Record]]


@dataclass(frozen=True)
class Attack:
    """What was stated, what the attacker reached in so many tries, and whether the figure is a bound."""

    figure: str
    attacker: str
    stated: float
    reached: float
    tries: int
    bound: bool = False

    @property
    def holds(self) -> bool:
        """Reached as stated, within four standard deviations of as many tries; a bound may be missed from below."""
        slack = 4 * math.sqrt(max(self.stated * (1 - self.stated), 1e-12) / self.tries) if self.stated <= 1 else 0.0
        low = -math.inf if self.bound else self.stated - slack
        return low - 1e-9 <= self.reached <= self.stated + slack + 1e-9


@dataclass(frozen=True)
class Trial:
    """One population, its copy, and who is who in it."""

    everybody: Sequence[Person]  # of the public register
    copy: Sequence[Record]
    release: Release
    owner: Mapping[str, Person]
    dice: random.Random

    def groups(self) -> Groups:
        found: Groups = defaultdict(list)
        for record in self.copy:
            found[tuple(record[name] for name in KNOWN)].append(record)
        return found

    def is_right(self, record: Record, person: Person) -> bool:
        return self.owner[record["no"]] is person


def trial(folder: Path, size: int, plan: ProtectionPlan, seed: int) -> Trial:
    """Half of a register is in the table."""
    everybody = people(2 * size, seed)
    public = written(folder / "register.csv", everybody[::-1], ("name", *KNOWN))
    copy, release = released(folder, everybody[:size], plan, against=(open_source(public),))
    return Trial(everybody, copy, release, owners(everybody[:size]), random.Random(seed))


def in_the_table(one: Trial) -> Iterator[Attack]:
    """He knows that a person is in the table, and takes one of the records that fit."""
    groups, report = one.groups(), one.release.report
    hits = tries = sure = 0
    smallest = min(groups.values(), key=len)
    for records in groups.values():
        targets = [one.owner[record["no"]] for record in records]
        hits += sum(one.is_right(one.dice.choice(records), target) for target in targets * ROUNDS)
        tries += len(targets) * ROUNDS
        sure += len(records) == 1 and fits(records[0], targets[0])
    target = one.owner[smallest[0]["no"]]
    found = sum(one.is_right(one.dice.choice(smallest), target) for _ in range(2000)) / 2000
    yield Attack(
        "prosecutor's risk",
        "knows who is in the table, takes a record that fits",
        report.prosecutor_risk or 0,
        found,
        2000,
    )
    yield Attack("marketer's risk", "the same for everybody", report.marketer_risk or 0, hits / tries, tries)
    yield Attack("records alone in their group", "names those of whom he is sure", report.unique_rows or 0, sure, 1)


def with_a_register(one: Trial) -> Iterator[Attack]:
    """He has a public register, and does not know who of it is in the table."""
    (stated,) = one.release.report.linkage
    fitting = {told: [p for p in one.everybody if fits(records[0], p)] for told, records in one.groups().items()}
    hits = 0
    for told, records in one.groups().items():
        hits += sum(one.is_right(record, one.dice.choice(fitting[told])) for record in records * ROUNDS)
    tries = len(one.copy) * ROUNDS
    told, fewest = min(fitting.items(), key=lambda item: len(item[1]))
    record = one.groups()[told][0]
    found = sum(one.is_right(record, one.dice.choice(fewest)) for _ in range(2000)) / 2000
    yield Attack(
        "journalist's risk",
        "has a register, takes one of the fewest who fit",
        1 / (stated.fewest_people or 1),
        found,
        2000,
        bound=True,
    )
    yield Attack(
        "linkage: share that is right",
        "links every record with the register",
        stated.marketer_risk,
        hits / tries,
        tries,
        bound=True,
    )
    sure = sum(len(some) == 1 for told, some in fitting.items() for _ in one.groups()[told])
    yield Attack("linkage: certain", "names records that fit one person only", stated.certain, sure, 1)


def of_groups(one: Trial) -> Iterator[Attack]:
    """He guesses what is sensitive of a person from the group alone."""
    for stated in one.release.report.diversity:
        least = min(len({record[stated.column] for record in records}) for records in one.groups().values())
        yield Attack("l of a sensitive column", "lists the values of a group", stated.l or 0, least, 1)


def with_an_earlier_release(folder: Path, size: int, seed: int) -> Iterator[Attack]:
    """He has two copies, and knows that somebody came in between."""
    everybody, dice = people(size + 3, seed), random.Random(seed)
    gone = set(dice.sample(range(size), 2))
    now = [person for number, person in enumerate(everybody) if number not in gone]
    before, after = Trace(b"k" * 32), Trace(b"k" * 32)
    first, _ = released(folder, everybody[:size], PLAIN, "before", trace=before)
    second, release = released(folder, now, PLAIN, "now", earlier=(open_source(folder / "before.csv"),), trace=after)
    (stated,) = release.report.overlaps
    told = (*KNOWN, "illness")
    one, two = (Counter(tuple(record[n] for n in told) for record in some) for some in (first, second))
    changes = [Counter(values[:3] for values in part.elements()) for part in (two - one, one - two)]
    fewest = min((count for part in changes for count in part.values()), default=0)
    yield Attack("smallest change of a group", "subtracts an earlier release", stated.smallest_change or 0, fewest, 1)
    yield Attack(
        "the same, from hashes alone",
        "the node's own measure",
        stated.smallest_change or 0,
        after.kept.beside(before.kept.data, "").smallest_change or 0,
        1,
    )
    alone = [dict(_alone(some)) for some in (first, second)]
    joined = alone[0].keys() & alone[1].keys()
    yield Attack("records alone in both", "joins two releases", stated.alone_in_both or 0, len(joined), 1)


def _alone(records: Sequence[Record]) -> Iterator[tuple[tuple[str, ...], Record]]:
    sizes = Counter(tuple(record[n] for n in KNOWN) for record in records)
    return ((key, record) for record in records if sizes[key := tuple(record[n] for n in KNOWN)] == 1)


def of_noise(epsilon: float = 1.0, tries: int = 20_000) -> Iterator[Attack]:
    """He knows everybody but one, sees a count with noise, and bets on whether that one is in it. Nobody bets better
    than e^epsilon against one, and whoever compares with the middle bets as well as can be."""
    if importlib.util.find_spec("opendp") is None:
        return
    from tegata.protect.statistics import _with_noise

    without, present = _with_noise([10] * tries, 1, epsilon), _with_noise([11] * tries, 1, epsilon)
    right = sum(count <= 10 for count in without) + sum(count > 10 for count in present)
    most = math.exp(epsilon) / (1 + math.exp(epsilon))
    yield Attack(
        f"epsilon {epsilon:g}: who is in a count",
        "knows all others, bets",
        most,
        right / (2 * tries),
        2 * tries,
        bound=True,
    )


def attacks(folder: Path, size: int, seeds: Sequence[int]) -> Iterator[Attack]:
    for seed in seeds:
        for plan in (PLAIN, ANONYMOUS):
            one = trial(folder, size, plan, seed)
            yield from in_the_table(one)
            yield from with_a_register(one)
            yield from of_groups(one)
        yield from with_an_earlier_release(folder, size, seed)
    yield from of_noise()


def table(found: Sequence[Attack]) -> str:
    """One line for each figure: over all populations, as they were stated and as they were reached."""
    by_figure: dict[tuple[str, str], list[Attack]] = defaultdict(list)
    for one in found:
        by_figure[one.figure, one.attacker].append(one)
    lines = ["| figure | attacker | releases | stated | reached | holds |", "|---|---|---|---|---|---|"]
    for (figure, attacker), some in by_figure.items():
        stated, reached = (_span([getattr(one, side) for one in some]) for side in ("stated", "reached"))
        holds = f"{sum(one.holds for one in some)} of {len(some)}"
        lines.append(f"| {figure} | {attacker} | {len(some)} | {stated} | {reached} | {holds} |")
    return "\n".join(lines)


def _span(values: Sequence[float]) -> str:
    low, high = (format(value, ".3g") for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


TEXT: Final = """# Stated risks, attacked

`make judge-attacks` draws populations, protects and releases half of each (`tests/protect/judge.py`), and lets
attackers try what the report of the release says they can. They are written in plain Python and use nothing of what
measures the figures.

Chances are met by guessing; they hold within four standard deviations of as many tries. A bound (journalist, linkage,
epsilon) may be missed from below: it is reached when everybody of the copy stands in the register. What people know of
each other are birth date, postal code and sex; the plans make these coarser, and one of them demands k = 3.

{table}

{populations} populations of {size} people in the table. The everyday tests run the same with one.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=600)
    parser.add_argument("--populations", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(attacks(Path(folder), chosen.size, range(chosen.populations)))
    print(table(found))
    if chosen.write:
        PAGE.write_text(TEXT.format(table=table(found), populations=chosen.populations, size=chosen.size), "utf-8")
    return 0 if all(one.holds for one in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
