"""Counts with noise: what one person can change, and what the noise hides of it."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, ProtectionPlan, QuasiIdentifier
from tegata.model.statistics import CountBy, Mean, Quantiles, Statistics, Sum
from tegata.model.step import Drop, Generalise, Pseudonymise, SuppressRare
from tegata.protect import apply_plan, read_plan
from tegata.protect.figures import Tally, reach
from tegata.protect.statistics import OTHER, Counting, _with_noise, loss, scale
from tegata.tables import open_source
from tests.protect.tables import KEY, write

pytest.importorskip("opendp", reason="OpenDP is not installed: pip install 'tegata[privacy]'")
DRAWS = 40_000
rows = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["x", "y", "z", None])), min_size=1, max_size=40)


def asked(**changes: Any) -> Statistics:
    made = {"epsilon": 1.0, "count_by": (CountBy(column="v", values=("x", "y")),), "person": ("p",), "per_person": 2}
    return Statistics(**{**made, **changes})


def counts(records: list[tuple[str, str | None]], wanted: Statistics, parts: int = 1) -> Counter[tuple[str, ...]]:
    frame = pl.DataFrame(records, schema={"p": pl.String, "v": pl.String}, orient="row")
    counting = Counting(wanted)
    for part in frame.iter_slices(max(1, -(-len(records) // parts))):
        counting.add(part, part)
    return Counter(counting.counts)


@settings(deadline=None, max_examples=60)
@given(records=rows, most=st.integers(1, 4), parts=st.integers(1, 3))
def test_the_first_records_of_each_person_are_counted(
    records: list[tuple[str, str | None]], most: int, parts: int
) -> None:
    seen: defaultdict[str, int] = defaultdict(int)
    want: Counter[tuple[str, ...]] = Counter()
    for person, value in records:
        seen[person] += 1
        if seen[person] <= most:
            want[(value if value in ("x", "y") else OTHER,)] += 1
    assert counts(records, asked(per_person=most), parts) == want


@settings(deadline=None, max_examples=60)
@given(records=rows, most=st.integers(1, 4), who=st.sampled_from("abcde"))
def test_one_person_changes_the_counts_by_no_more_than_the_noise_is_made_for(
    records: list[tuple[str, str | None]], most: int, who: str
) -> None:
    wanted = asked(per_person=most)
    without = [record for record in records if record[0] != who]
    one, other = counts(records, wanted), counts(without, wanted) if without else Counter()
    assert sum(abs(one[cell] - other[cell]) for cell in one | other) <= scale(most, 1.0)


@pytest.mark.parametrize(("epsilon", "most"), [(0.5, 1), (1.0, 1), (1.0, 2)])
def test_no_answer_is_more_than_e_to_the_epsilon_times_as_likely_with_a_person(epsilon: float, most: int) -> None:
    """What stands in one cell with and without all that a person may add to it, drawn many times."""
    without, present = (Counter(_with_noise([count] * DRAWS, most, epsilon)) for count in (10, 10 + most))
    often = [value for value in without.keys() | present.keys() if min(without[value], present[value]) > 300]
    assert len(often) >= 3
    for value in often:
        slack = 4 * math.sqrt(1 / without[value] + 1 / present[value])  # four standard deviations of the draws
        assert abs(math.log(present[value] / without[value])) <= epsilon + slack
    # No more noise than is needed: around the two counts the bound is reached.
    worst = max(abs(math.log(present[value] / without[value])) for value in often)
    assert worst >= 0.8 * epsilon


def test_each_cell_has_noise_of_its_own() -> None:
    made = _with_noise([0] * 2000, 1, 0.1)
    assert len(set(made)) > 30
    assert 0.8 < sum(abs(n) for n in made) / 2000 / 10 < 1.2  # the mean of its size is the scale


def test_counts_leave_and_nothing_exact_beside_them(tmp_path: Path) -> None:
    table = write(
        tmp_path / "in.csv",
        {"id": list("aabbc") * 20, "born": ["1980-01-02", "1991-02-03", "", "x", "1985-05-05"] * 20},
    )
    plan = ProtectionPlan(
        steps=(Drop(column="no of record"), Generalise(column="born", to="decade")),
        statistics=Statistics(
            epsilon=20,
            count_by=(CountBy(column="born", values=("1980s", "1990s", "2000s")),),
            person=("id",),
            per_person=1,
        ),
    )
    release = apply_plan(open_source(table), plan, tmp_path / "out.csv", key=KEY)
    with (tmp_path / "out.csv").open(newline="") as file:
        told = {row["born"]: int(row["count"]) for row in csv.DictReader(file)}
    assert told == {"1980s": 2, "1990s": 0, "2000s": 0, OTHER: 1}
    assert (release.rows, release.report.steps, release.report.k) == (4, (), None)
    assert "epsilon 20" in release.report.still_learnt[0].en


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        ({"statistics": asked(epsilon=0)}, "`epsilon`"),
        ({"statistics": asked(epsilon=math.nan)}, "`epsilon`"),
        ({"statistics": asked(epsilon=2, budget=1)}, "`budget`"),
        ({"statistics": asked(person=(), per_person=2)}, "`per_person`"),
        ({"statistics": asked(count_by=())}, "no column"),
        ({"statistics": asked(count_by=(CountBy(column="v", values=("x", "x")),))}, "twice"),
        ({"statistics": asked(count_by=(CountBy(column="v", values=(OTHER,)),))}, "names"),
        ({"statistics": asked(count_by=(CountBy(column="v", values=tuple(map(str, range(2_000_000)))),))}, "cells"),
        ({"statistics": asked(), "cap_subjects": 3}, "caps"),
        ({"statistics": asked(), "steps": (SuppressRare(column="v"),)}, "before counting"),
        ({"statistics": asked(), "steps": (Pseudonymise(column="p"),)}, "before counting"),
        ({"statistics": asked(), "steps": (Drop(column="v"),)}, "does not leave"),
        (
            {"statistics": asked(), "anonymity": KAnonymity(k=2, quasi_identifiers=(QuasiIdentifier(column="v"),))},
            "k-anonymity",
        ),
        ({"statistics": asked(person=("q",))}, "`q` that is not there"),
    ],
)
def test_what_would_break_the_guarantee_is_refused(plan: dict[str, Any], what: str, tmp_path: Path) -> None:
    table = write(tmp_path / "in.csv", {"p": ["a"], "v": ["x"]})
    with pytest.raises(InputError) as refused:
        apply_plan(open_source(table), ProtectionPlan(**{"steps": (), **plan}), tmp_path / "out.csv", key=KEY)
    assert what in f"{refused.value.what} {refused.value.why}"
    assert not (tmp_path / "out.csv").exists()


def test_the_plan_of_the_guide(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "release-statistics.md").read_text("utf-8")
    plan = read_plan(guide.split("```yaml\n")[1].split("```")[0].encode())
    assert plan.statistics is not None


INCOME = (
    Sum(column="n", low=0, high=100, epsilon=1, step=0.5),
    Mean(column="n", low=-50, high=150, epsilon=1),
    Quantiles(column="n", low=0, high=100, epsilon=1, bins=20, at=(0.25, 0.5, 0.9)),
)
amounts = st.one_of(st.none(), st.floats(-1e6, 1e6).map(str), st.sampled_from(["", "x", "nan", "inf", "-inf", "1e999"]))


@settings(deadline=None, max_examples=60)
@given(
    records=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), amounts), min_size=1, max_size=25),
    most=st.integers(1, 3),
    who=st.sampled_from("abc"),
)
def test_one_person_changes_figures_by_no_more_than_their_noise_is_made_for(
    records: list[tuple[str, str, str | None]], most: int, who: str
) -> None:
    wanted = asked(per_person=most, figures=INCOME)
    cells = [("x",), ("y",), (OTHER,)]
    one, other = (tallies(some, wanted) for some in (records, [r for r in records if r[0] != who]))
    for with_them, without in zip(one, other, strict=True):
        change = sum(abs(a - b) for a, b in zip(with_them.of(cells), without.of(cells), strict=True))
        assert change <= most * reach(with_them.figure)


def tallies(records: list[tuple[str, str, str | None]], wanted: Statistics) -> list[Tally]:
    frame = pl.DataFrame(records, schema=dict.fromkeys("pvn", pl.String), orient="row")
    counting = Counting(wanted)
    counting.add(frame, frame)
    return counting.tallies


def test_figures_are_those_of_the_table_where_noise_is_small(tmp_path: Path) -> None:
    values = [(37 * n % 101) * 0.9 for n in range(5000)]
    table = write(tmp_path / "in.csv", {"n": list(map(str, values)), "v": ["x"] * 5000})
    figures = tuple(msgspec.structs.replace(one, epsilon=6) for one in INCOME)
    wanted = Statistics(epsilon=1, count_by=(CountBy(column="v", values=("x",)),), figures=figures)
    release = apply_plan(open_source(table), ProtectionPlan(steps=(), statistics=wanted), tmp_path / "out.csv", key=KEY)
    with (tmp_path / "out.csv").open(newline="") as file:
        found, rest = csv.DictReader(file)
    assert float(found["n sum"]) == pytest.approx(sum(values), rel=0.01)
    assert float(found["n mean"]) == pytest.approx(sum(values) / 5000, abs=0.5)
    for at, title in ((0.25, "n p25"), (0.5, "n p50"), (0.9, "n p90")):
        assert abs(float(found[title]) - sorted(values)[int(at * 5000)]) <= 10  # two classes
    assert -50 <= float(rest["n mean"]) <= 150
    assert "epsilon 19" in release.report.still_learnt[0].en


@pytest.mark.parametrize(
    ("figure", "what"),
    [
        (Sum(column="n", low=1, high=1, epsilon=1), "below `high`"),
        (Sum(column="n", low=-1e308, high=1e308, epsilon=1), "below `high`"),
        (Mean(column="n", low=0, high=math.nan, epsilon=1), "below `high`"),
        (Sum(column="n", low=0, high=1, epsilon=1, step=1e-320), "`step`"),
        (Sum(column="n", low=0, high=1, epsilon=1, step=-1), "`step`"),
        (Sum(column="n", low=0, high=1, epsilon=-1), "`epsilon`"),
        (Sum(column="n", low=0, high=1, epsilon=math.inf), "`epsilon`"),
        (Sum(column="n", low=0, high=1, epsilon=19.5), "`epsilon`"),
        (Quantiles(column="n", low=0, high=1, epsilon=1, bins=1), "`bins`"),
        (Quantiles(column="n", low=0, high=1, epsilon=1, at=(1.0,)), "`at`"),
        (Sum(column="v", low=0, high=1, epsilon=1), "counted by"),
        (Sum(column="q", low=0, high=1, epsilon=1), "`q` that is not there"),
    ],
)
def test_figures_that_mean_nothing_are_refused(figure: Any, what: str, tmp_path: Path) -> None:
    table = write(tmp_path / "in.csv", {"v": ["x"], "n": ["1"]})
    plan = ProtectionPlan(steps=(), statistics=asked(person=(), per_person=1, figures=(figure,)))
    with pytest.raises(InputError) as refused:
        apply_plan(open_source(table), plan, tmp_path / "out.csv", key=KEY)
    assert what in f"{refused.value.what} {refused.value.why}"


def test_all_that_is_lost_stands_in_the_account() -> None:
    assert loss(asked(epsilon=0.1, figures=INCOME)) == Fraction(31, 10)
