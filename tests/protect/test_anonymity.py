"""k-anonymity on whole files, and an attacker who tries to prove the stated risk wrong."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError, VerificationError
from tegata.model.plan import (
    Dates,
    Grid,
    KAnonymity,
    Prefixes,
    ProtectionPlan,
    QuasiIdentifier,
    Ranges,
    Release,
    Taxonomy,
)
from tegata.model.step import Drop, Generalise, Keep, Mask, Pseudonymise
from tegata.protect import apply_plan
from tegata.protect.hierarchy import levels, raised
from tegata.tables import open_source
from tests.protect.tables import KEY, protect, write

AGE = QuasiIdentifier(column="age", hierarchy=Ranges(widths=(5, 10, 20)))
ZIP = QuasiIdentifier(column="zip", hierarchy=Prefixes(lengths=(3, 1)))
SEX = QuasiIdentifier(column="sex")
QUASI = ("age", "zip", "sex")


def asked(k: int, *quasi: QuasiIdentifier, **more: Any) -> KAnonymity:
    return KAnonymity(k=k, quasi_identifiers=quasi or (AGE, ZIP, SEX), **more)


def people(number: int, seed: int = 7) -> dict[str, list[str | None]]:
    dice = random.Random(seed)
    return {
        "name": [f"person {n}" for n in range(number)],
        "age": [str(min(99, int(dice.gauss(45, 18)) % 100)) for _ in range(number)],
        "zip": [f"{dice.choice('12345')}{dice.randrange(20):02d}-{dice.randrange(30):04d}" for _ in range(number)],
        "sex": [dice.choice(["f", "m", "m", "f", "x"]) for _ in range(number)],
        "illness": [dice.choice(["flu"] * 6 + ["asthma"] * 3 + ["HIV"]) for _ in range(number)],
    }


def groups(cells: dict[str, list[str]], names: tuple[str, ...] = QUASI) -> list[tuple[str, ...]]:
    return list(zip(*(cells[name] for name in names), strict=True))


person = st.tuples(
    st.integers(0, 99).map(str) | st.none() | st.just("?"),
    st.sampled_from(["150-0001", "150-0002", "151-0001", "900-0001", None]),
    st.sampled_from(["f", "m"]),
)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(person, min_size=2, max_size=60), k=st.integers(2, 6), share=st.sampled_from([0.0, 0.05, 0.5]))
def test_every_record_that_leaves_stands_among_k(
    rows: list[tuple[str | None, str, str]], k: int, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = dict(zip(QUASI, map(list, zip(*rows, strict=True)), strict=True))
    folder = tmp_path_factory.mktemp("k")
    demand = asked(k, max_suppressed=share)
    if len(rows) < k:
        with pytest.raises(InputError, match="fewer than k"):
            protect(folder, columns, anonymity=demand)
        assert [entry.name for entry in folder.iterdir()] == ["in.csv"]
        return
    cells, release = protect(folder, columns, anonymity=demand)
    sizes = Counter(groups(cells))
    report = release.report
    assert min(sizes.values()) == report.k >= k
    assert report.suppressed_rows == len(rows) - release.rows <= share * len(rows)
    assert report.unique_rows == 0
    assert 0 <= report.information_loss <= 1
    if k == 2 and all(count > 1 for count in Counter(rows).values()):
        assert report.information_loss == 0, "nothing is taken where nothing is asked"


def test_batches_of_any_size_are_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = people(500)
    columns.pop("name")
    first = protect(tmp_path, columns, anonymity=asked(5, sensitive=("illness",)))
    from tegata.tables import Source

    whole = Source.batches

    def small(self: Source, progress: Any = None) -> Any:
        for frame in whole(self, progress):
            yield from frame.iter_slices(37)

    monkeypatch.setattr(Source, "batches", small)
    monkeypatch.setattr("tegata.protect.risk._MERGE_AT", 100)
    assert protect(tmp_path, columns, anonymity=asked(5, sensitive=("illness",))) == first


def test_l_and_t_are_those_of_a_plain_count(tmp_path: Path) -> None:
    columns = people(400)
    columns.pop("name")
    cells, release = protect(tmp_path, columns, anonymity=asked(4, sensitive=("illness",)))
    by_group = defaultdict(list)
    for group, illness in zip(groups(cells), cells["illness"], strict=True):
        by_group[group].append(illness)
    table = Counter(cells["illness"])
    least = min(len(set(found)) for found in by_group.values())
    distance = max(
        sum(abs(Counter(found)[one] / len(found) - table[one] / release.rows) for one in table) / 2
        for found in by_group.values()
    )
    (measured,) = release.report.diversity
    assert measured.column == "illness"
    assert measured.l == least
    assert measured.t == pytest.approx(distance, abs=1e-8)


def test_a_group_that_shares_its_secret_is_told(tmp_path: Path) -> None:
    columns: dict[str, list[str | None]] = {
        "sex": ["f"] * 5 + ["m"] * 5,
        "illness": ["HIV"] * 5 + ["flu", "HIV"] * 2 + ["flu"],
    }
    _, release = protect(tmp_path, columns, anonymity=asked(5, SEX, sensitive=("illness",)))
    assert release.report.diversity[0].l == 1
    assert any("learnt without finding the record" in text.en for text in release.report.still_learnt)
    assert all(text.en != text.ja for text in release.report.still_learnt)


class Attacker:
    """Has a public table with names, and matches it with a release through the quasi-identifiers."""

    def __init__(self, public: dict[str, list[str | None]], release: Release, demand: KAnonymity | None) -> None:
        frame = pl.DataFrame({name: public[name] for name in ("name", *QUASI)})
        told = {step.column: step.guarantee for step in release.report.steps if step.op == "k_anonymity"}
        for quasi in demand.quasi_identifiers if demand else ():
            way = levels(quasi.hierarchy)
            top = next(place for place, level in enumerate(way) if level.words == told[quasi.column])
            frame = frame.with_columns(raised(frame[quasi.column], way[: top + 1]))
        self.known: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name, *group in frame.rows():
            self.known[tuple(group)].append(name)

    def chances(self, cells: dict[str, list[str]], true: list[str]) -> list[float]:
        """For each record the chance that a guess among those who match names its person."""
        return [
            1 / len(names) if person in (names := self.known[group]) else 0.0
            for group, person in zip(groups(cells), true, strict=True)
        ]


@pytest.mark.parametrize("k", [3, 10, 40])
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_the_attack_succeeds_as_often_as_the_report_says(tmp_path: Path, k: int, share: float) -> None:
    """The public table holds the same people (prosecutor, marketer), then ten times as many (journalist)."""
    columns = people(2_000)
    demand = asked(k, max_suppressed=share)
    cells, release = protect(tmp_path, columns, anonymity=demand)
    report, true = release.report, cells["name"]
    assert report.prosecutor_risk is not None
    assert report.marketer_risk is not None
    public = {
        name: [cell for cell, who in zip(columns[name], columns["name"], strict=True) if who in set(true)]
        for name in columns
    }
    chances = Attacker(public, release, demand).chances(cells, true)
    assert max(chances) == pytest.approx(report.prosecutor_risk)
    assert max(chances) <= 1 / k + 1e-12
    assert sum(chances) / len(chances) == pytest.approx(report.marketer_risk)
    more = people(18_000, seed=8)
    wider = {
        name: [*cells, *(f"other {cell}" if name == "name" else cell for cell in more[name])]
        for name, cells in columns.items()
    }
    journalist = Attacker(wider, release, demand).chances(cells, true)
    assert max(journalist) <= report.prosecutor_risk
    assert sum(journalist) / len(journalist) < report.marketer_risk


def test_without_protection_the_attack_names_exactly_the_unique_records(tmp_path: Path) -> None:
    columns = people(2_000)
    cells, release = protect(tmp_path, columns, *(Keep(column=name) for name in QUASI))
    chances = Attacker(columns, release, None).chances(cells, cells["name"])
    assert release.report.unique_rows == sum(chance == 1 for chance in chances) > 1_000
    assert release.report.prosecutor_risk == 1
    assert release.report.marketer_risk == pytest.approx(sum(chances) / len(chances))


def test_steps_come_first_and_dropped_columns_stay_away(tmp_path: Path) -> None:
    columns = people(300)
    columns["born"] = [f"{1920 + n % 80}-0{n % 9 + 1}-11" for n in range(300)]
    born = QuasiIdentifier(column="born", hierarchy=Dates(to=("decade",)))
    steps = (
        Drop(column="zip"),
        Pseudonymise(column="name"),
        Generalise(column="born", to="year"),
        Keep(column="illness"),
    )
    cells, release = protect(tmp_path, columns, *steps, anonymity=asked(5, born, SEX, sensitive=("illness",)))
    assert set(cells) == {"name", "age", "sex", "illness", "born"}
    assert min(Counter(groups(cells, ("born", "sex"))).values()) >= 5
    assert [(step.column, step.op) for step in release.report.steps][-2:] == [
        ("born", "k_anonymity"),
        ("sex", "k_anonymity"),
    ]


def test_caps_hold_before_groups_are_counted(tmp_path: Path) -> None:
    columns = people(300)
    cells, release = protect(tmp_path, columns, anonymity=asked(5), cap_subjects=60, subject_key=("name",))
    assert release.rows + release.report.suppressed_rows == 60
    assert min(Counter(groups(cells)).values()) >= 5


def test_a_table_without_records_leaves_as_one(tmp_path: Path) -> None:
    cells, release = protect(tmp_path, {name: [] for name in QUASI}, anonymity=asked(5))
    assert release.rows == 0
    assert release.report.k is None
    assert list(cells) == list(QUASI)


def test_a_table_that_changes_between_the_passes_does_not_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "in.csv", {"sex": ["f"] * 10 + ["m"] * 10})
    from tegata.protect import stream

    found = stream.anonymity

    def meddled(*args: Any) -> Any:
        made = found(*args)
        path.write_bytes(path.read_bytes().replace(b'"f"', b'"x"', 1))
        return made

    monkeypatch.setattr(stream, "anonymity", meddled)
    with pytest.raises(VerificationError):
        apply_plan(open_source(path), ProtectionPlan(steps=(), anonymity=asked(5, SEX)), tmp_path / "out.csv", key=KEY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


def test_more_combinations_than_memory_is_for_make_the_search_coarser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same guarantee, told from values as they are; only the choice is smaller."""
    columns = people(1_000)
    columns["zip"] = [f"{one[:3]}-0001" for one in columns["zip"] if one]
    _, free = protect(tmp_path, columns, anonymity=asked(5))
    monkeypatch.setattr("tegata.protect.risk.MAX_CLASSES", 120)
    monkeypatch.setattr("tegata.protect.risk._MERGE_AT", 60)
    cells, tight = protect(tmp_path, columns, anonymity=asked(5))
    assert min(Counter(groups(cells)).values()) == tight.report.k >= 5
    assert free.report.information_loss <= tight.report.information_loss < 1
    told = [step.guarantee.en for step in tight.report.steps]
    assert told != ["nothing is known of it"] * 3


def test_a_column_with_too_many_values_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.protect.risk.MAX_CLASSES", 50)
    with pytest.raises(InputError, match=r"`age` has more than 50 distinct.*coarser"):
        protect(tmp_path, people(500), anonymity=asked(5))
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


def quasi(column: str, hierarchy: Any) -> QuasiIdentifier:
    return QuasiIdentifier(column=column, hierarchy=hierarchy)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"anonymity": asked(1)}, "below 2"),
        ({"anonymity": asked(2, max_suppressed=1.0)}, "max_suppressed"),
        ({"anonymity": asked(2, max_suppressed=float("nan"))}, "max_suppressed"),
        ({"anonymity": KAnonymity(k=2, quasi_identifiers=())}, "no quasi-identifier"),
        ({"anonymity": asked(2, AGE, AGE)}, "stands twice"),
        ({"anonymity": asked(2, AGE, sensitive=("age",))}, "stands twice"),
        ({"anonymity": asked(2, AGE, sensitive=("no",))}, "`no` that is not there"),
        ({"anonymity": asked(2, QuasiIdentifier(column="agee"))}, "did you mean `age`"),
        ({"anonymity": asked(2, AGE), "otherwise": "drop"}, "does not leave with a meaning"),
        ({"anonymity": asked(2, AGE), "steps": (Drop(column="age"),)}, "does not leave with a meaning"),
        ({"anonymity": asked(2, AGE), "steps": (Mask(column="age"),)}, "does not leave with a meaning"),
        ({"anonymity": asked(2, AGE), "steps": (Keep(column="zip"),)}, "neither quasi-identifier nor sensitive"),
        ({"anonymity": asked(2, quasi("age", Ranges(widths=(10, 15))))}, "multiple"),
        ({"anonymity": asked(2, quasi("age", Ranges(widths=(10, 10))))}, "multiple"),
        ({"anonymity": asked(2, quasi("age", Ranges(widths=())))}, "multiple"),
        ({"anonymity": asked(2, quasi("age", Prefixes(lengths=(1, 3))))}, "must fall"),
        ({"anonymity": asked(2, quasi("age", Prefixes(lengths=(0,))))}, "must fall"),
        ({"anonymity": asked(2, quasi("age", Dates(to=("decade", "year"))))}, "fine to coarse"),
        ({"anonymity": asked(2, quasi("age", Grid(min_errors_m=(1000, 500))))}, "must rise"),
        ({"anonymity": asked(2, quasi("age", Grid(min_errors_m=(1e9,))))}, "must rise"),
        ({"anonymity": asked(2, quasi("age", Taxonomy(parents={"a": "b", "b": "a"})))}, "belongs to itself"),
        (
            {"anonymity": asked(2, *(quasi(f"q{n}", Prefixes(lengths=tuple(range(30, 0, -1)))) for n in range(5)))},
            "1,000,000 ways",
        ),
    ],
)
def test_demands_that_mean_nothing_fail_before_anything_is_written(
    tmp_path: Path, plan: dict[str, Any], expected: str
) -> None:
    source = open_source(write(tmp_path / "in.csv", people(10)))
    with pytest.raises(InputError, match=expected) as caught:
        apply_plan(source, ProtectionPlan(**{"steps": (), **plan}), tmp_path / "out.csv", key=KEY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]
    assert caught.value.parts("ja") != caught.value.parts("en")
