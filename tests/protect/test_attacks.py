"""Attacks that are carried out on what leaves, by an attacker of his own: each stated figure must be what he reaches.

The attacker works record by record in plain Python. He sees the copy and knows what the test gives him of people; who
a record belongs to he does not see (the test does: by the pseudonym of the number).
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, Prefixes, ProtectionPlan, QuasiIdentifier, Ranges, Release
from tegata.model.step import Drop, Generalise, Keep, Pseudonymise, TopBottomCode
from tegata.protect import apply_plan
from tegata.protect.others import Others
from tegata.protect.pseudonym import Pseudonyms
from tegata.tables import open_source
from tests.protect.tables import KEY

Person = Mapping[str, str]
KNOWN = ("born", "zip", "sex")  # what the attacker knows of people
STEPS = (
    Pseudonymise(column="no"),
    Drop(column="name"),
    Generalise(column="born", to="year"),
    Generalise(column="zip", to="first_chars", n=3),
    Keep(column="sex"),
)
DEMAND = KAnonymity(
    k=3,
    max_suppressed=0.1,
    sensitive=("illness",),
    quasi_identifiers=(
        QuasiIdentifier(column="born", hierarchy=Ranges(widths=(5, 10, 20))),
        QuasiIdentifier(column="zip", hierarchy=Prefixes(lengths=(2, 1))),
        QuasiIdentifier(column="sex"),
    ),
)
PLAIN = ProtectionPlan(steps=STEPS)  # the illness leaves as it is
ANONYMOUS = ProtectionPlan(steps=STEPS, anonymity=DEMAND)


def people(count: int, seed: int = 1, ills: int = 4) -> list[Person]:
    dice = random.Random(seed)
    return [
        {
            "no": f"n{number}",
            "name": f"person {number}",
            "born": f"{dice.randrange(1950, 1980)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}",
            "zip": f"{dice.choice(('150', '151', '160', '604'))}-000{dice.randrange(10)}",
            "sex": dice.choice("fm"),
            "illness": f"ill{dice.randrange(ills)}",
        }
        for number in range(count)
    ]


def written(path: Path, rows: Sequence[Person], columns: Iterable[str] = ()) -> Path:
    names = list(columns) or list(rows[0])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def released(
    folder: Path, rows: Sequence[Person], plan: ProtectionPlan, name: str = "out", **others: Any
) -> tuple[list[dict[str, str]], Release]:
    out = folder / f"{name}.csv"
    release = apply_plan(
        open_source(written(folder / f"{name}-in.csv", rows)), plan, out, key=KEY, others=Others(**others)
    )
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), release


def owners(rows: Sequence[Person]) -> dict[str, Person]:
    made = Pseudonyms(KEY, "no").column(pl.Series([row["no"] for row in rows]))
    return dict(zip(made.to_list(), rows, strict=True))


def fits(record: Mapping[str, str], person: Person) -> bool:
    return all(_fits(record[name], person[name]) for name in KNOWN)


def _fits(told: str, true: str) -> bool:
    if told == "*":
        return True
    if span := re.fullmatch(r"(\d+)\.\.(\d+)", told):
        return int(span[1]) <= int(true[:4]) <= int(span[2])
    return true.startswith(told)


@pytest.mark.parametrize("plan", [PLAIN, ANONYMOUS], ids=["plain", "k-anonymous"])
def test_who_knows_that_a_person_is_in_the_table(tmp_path: Path, plan: ProtectionPlan) -> None:
    """Prosecutor: of the records that fit he takes one."""
    rows = people(300)
    copy, release = released(tmp_path, rows, plan)
    owner = owners(rows)
    chances = [1 / sum(fits(other, owner[record["no"]]) for other in copy) for record in copy]
    assert release.report.prosecutor_risk == pytest.approx(max(chances))
    assert release.report.marketer_risk == pytest.approx(sum(chances) / len(chances))
    assert release.report.unique_rows == sum(chance == 1 for chance in chances)


@pytest.mark.parametrize("plan", [PLAIN, ANONYMOUS], ids=["plain", "k-anonymous"])
def test_who_has_a_public_table(tmp_path: Path, plan: ProtectionPlan) -> None:
    """Journalist: for each record he takes one of the people of his table who fit."""
    everybody = people(400)
    rows = everybody[:200]
    public = written(tmp_path / "register.csv", everybody[::-1], ("name", *KNOWN))
    copy, release = released(tmp_path, rows, plan, against=(open_source(public),))
    owner, (stated,) = owners(rows), release.report.linkage
    fitting = [[person for person in everybody if fits(record, person)] for record in copy]
    chances = [sum(person is owner[record["no"]] for person in some) / len(some)
               for record, some in zip(copy, fitting, strict=True)]  # fmt: skip
    assert stated.columns == KNOWN
    assert stated.linked == len(copy)
    assert 1 / (stated.fewest_people or 0) == pytest.approx(max(chances))
    assert stated.marketer_risk == pytest.approx(sum(chances) / len(chances))
    sure = [some[0]["no"] for some in fitting if len(some) == 1]
    assert stated.certain == len(sure) == sum(chance == 1 for chance in chances)
    assert any("register.csv" in text.en for text in release.report.still_learnt)


def test_a_table_without_most_of_the_people_helps_less_than_is_stated(tmp_path: Path) -> None:
    rows, strangers = people(150), people(150, seed=2)
    public = rows[:40] + strangers
    copy, release = released(
        tmp_path, rows, PLAIN, against=(open_source(written(tmp_path / "public.csv", public, KNOWN)),)
    )
    owner, (stated,) = owners(rows), release.report.linkage
    chances = []
    for record in copy:
        some = [person for person in public if fits(record, person)]
        chances.append(sum(person is owner[record["no"]] for person in some) / len(some) if some else 0.0)
    assert sum(chances) / len(copy) <= stated.marketer_risk
    assert max(chances) <= 1 / (stated.fewest_people or 0)
    assert stated.linked == sum(any(fits(record, person) for person in public) for record in copy)


def test_who_has_an_earlier_release_learns_of_who_came(tmp_path: Path) -> None:
    """Differencing: everything but one record was there before."""
    rows = people(120)
    released(tmp_path, rows[:-1], PLAIN, "before")
    copy, release = released(tmp_path, rows, PLAIN, "now", earlier=(open_source(tmp_path / "before.csv"),))
    with (tmp_path / "before.csv").open(newline="") as file:
        before = Counter((*(r[n] for n in KNOWN), r["illness"]) for r in csv.DictReader(file))
    new = Counter((*(r[n] for n in KNOWN), r["illness"]) for r in copy) - before
    (stated,) = release.report.overlaps
    assert (stated.added, stated.gone, stated.smallest_change, stated.alike) == (1, 0, 1, 119)
    assert [found[-1] for found in new.elements()] == [rows[-1]["illness"]]
    assert any("as few as 1" in text.en for text in release.report.still_learnt)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), left=st.sets(st.integers(0, 59), max_size=30), came=st.integers(0, 20))
def test_what_two_releases_tell_is_counted_as_the_attacker_counts(
    seed: int, left: set[int], came: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("two")
    everybody = people(60 + came, seed)
    before, _ = released(folder, everybody[:60], PLAIN, "before")
    now = [person for number, person in enumerate(everybody) if number not in left]
    copy, release = released(folder, now, PLAIN, "now", earlier=(open_source(folder / "before.csv"),))
    (stated,) = release.report.overlaps
    if stated.alike is None:
        return
    told = [name for name in (*KNOWN, "illness") if name in stated.columns]
    groups = [name for name in KNOWN if name in stated.columns]
    first, second = (Counter(tuple(r[n] for n in told) for r in some) for some in (before, copy))
    assert stated.alike == (first & second).total()
    assert (stated.added, stated.gone) == ((second - first).total(), (first - second).total())
    changes: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for sign, difference in (("+", second - first), ("-", first - second)):
        for values, count in difference.items():
            changes[(sign, *values[: len(groups)])] += count
    assert stated.smallest_change == min(changes.values(), default=None)
    alone = [{v for v, count in Counter(tuple(r[n] for n in groups) for r in some).items() if count == 1}
             for some in (before, copy)]  # fmt: skip
    assert stated.alone_in_both == len(alone[0] & alone[1])


def test_who_puts_two_releases_together(tmp_path: Path) -> None:
    """The same people, other columns: records that are alone in both are joined, and every join is right."""
    rows = [{**person, "income": str(number)} for number, person in enumerate(people(80))]
    steps = (*STEPS, Drop(column="illness"))
    first, _ = released(tmp_path, rows, ProtectionPlan(steps=steps), "first")
    plan = ProtectionPlan(steps=(*STEPS, Drop(column="income")))
    second, release = released(tmp_path, rows, plan, "second", earlier=(open_source(tmp_path / "first.csv"),))
    alone = []
    for some in (first, second):
        counts = Counter(tuple(r[n] for n in KNOWN) for r in some)
        alone.append({tuple(r[n] for n in KNOWN): r for r in some if counts[tuple(r[n] for n in KNOWN)] == 1})
    joined = [(alone[0][values], alone[1][values]) for values in alone[0].keys() & alone[1].keys()]
    (stated,) = release.report.overlaps
    assert stated.alone_in_both == len(joined) > 0
    owner = owners(rows)
    assert all(owner[a["no"]]["income"] == a["income"] for a, _ in joined)
    assert all(a["no"] == b["no"] for a, b in joined)


def test_a_group_that_has_one_illness_tells_it(tmp_path: Path) -> None:
    """Homogeneity: l is 1, and the attacker learns the illness without finding the record."""
    rows = people(90, ills=1)
    copy, release = released(tmp_path, rows, ANONYMOUS)
    (stated,) = release.report.diversity
    learnt = [{record["illness"] for record in copy if fits(record, person)} for person in rows]
    assert stated.l == 1 == min(len(some) for some in learnt if some)


def test_a_coarser_release_is_compared_where_values_are_alike(tmp_path: Path) -> None:
    rows = people(50)
    coarse = (*STEPS[:2], Generalise(column="born", to="decade"), *STEPS[3:])
    released(tmp_path, rows, ProtectionPlan(steps=coarse), "before")
    _, release = released(tmp_path, rows, PLAIN, "now", earlier=(open_source(tmp_path / "before.csv"),))
    (stated,) = release.report.overlaps
    assert "born" not in stated.columns
    assert (stated.alike, stated.added, stated.gone, stated.smallest_change) == (50, 0, 0, None)


def test_tables_with_nothing_in_common(tmp_path: Path) -> None:
    rows = people(20)
    other = written(tmp_path / "other.csv", [{"a": str(n), "b": "x"} for n in range(9)])
    with pytest.raises(InputError, match="cannot be linked"):
        released(tmp_path, rows, PLAIN, against=(open_source(other),))
    assert not (tmp_path / "out.csv").exists()
    _, release = released(tmp_path, rows, PLAIN, earlier=(open_source(other),))
    assert release.report.overlaps[0].alike is None


def test_coded_values_are_linked_as_they_leave(tmp_path: Path) -> None:
    rows = [{"no": str(n), "age": str(age)} for n, age in enumerate((20, 91, 95, 99))]
    public = written(tmp_path / "public.csv", [{"name": f"p{a}", "age": str(a)} for a in (20, 90, 91, 95, 99, 103)])
    plan = ProtectionPlan(steps=(Drop(column="no"), TopBottomCode(column="age", top=90)))
    _, release = released(tmp_path, rows, plan, against=(open_source(public),))
    (stated,) = release.report.linkage
    assert (stated.linked, stated.certain, stated.fewest_people) == (4, 1, 1)
    assert stated.marketer_risk == pytest.approx((1 + 3 * (1 / 5)) / 4)
