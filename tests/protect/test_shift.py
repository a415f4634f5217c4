"""Dates moved by a number of days of each subject."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, ProtectionPlan, QuasiIdentifier
from tegata.model.step import Pseudonymise, ShiftDates
from tegata.protect import apply_plan
from tegata.protect.means import Means
from tegata.protect.operations import operation
from tegata.protect.others import Others
from tegata.protect.plan import check, check_columns
from tegata.protect.shift import Shift
from tegata.protect.trace import Trace
from tegata.tables import open_source
from tests.protect.tables import KEY, protect, write

subjects = st.text(min_size=1, max_size=6)
dates = st.dates(dt.date(1873, 1, 1), dt.date(2099, 12, 31))


def moved(people: list[str | None], cells: list[str | None], days: int = 365, key: bytes = KEY) -> list[str | None]:
    table = pl.DataFrame({"who": people, "when": cells}, schema={"who": pl.String, "when": pl.String})
    work = operation(ShiftDates(column="when", subject=("who",), days=days), Means(key))
    assert work is not None
    return work(table["when"], table).to_list()


def by(told: str | None, true: dt.date) -> int:
    assert told is not None
    return (dt.date.fromisoformat(told[:10]) - true).days


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(subjects, dates), min_size=1, max_size=20),
    days=st.integers(1, 36_525),
    key=st.binary(min_size=16, max_size=32),
)
def test_one_shift_for_all_dates_of_a_subject_within_the_range_and_never_none(
    rows: list[tuple[str, dt.date]], days: int, key: bytes
) -> None:
    made = moved([who for who, _ in rows], [str(date) for _, date in rows], days, key)
    shifts: dict[str, set[int]] = {}
    for (who, date), told in zip(rows, made, strict=True):
        shifts.setdefault(who, set()).add(by(told, date))
    assert all(len(found) == 1 for found in shifts.values())
    assert all(1 <= abs(shift) <= days for found in shifts.values() for shift in found)


WRITINGS = (
    "{0}", "{0:%Y/%m/%d}", "{0:%Y%m%d}", "{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}",
    "R{era}.{0.month}.{0.day}", "令和{era}年{0.month}月{0.day}日", "{0.day}-{month}-{0.year}",
    "{0.day} {month} {0.year}",
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(date=st.dates(dt.date(2020, 1, 1), dt.date(2099, 12, 31)))
def test_however_a_date_is_written_its_day_is_the_same(date: dt.date) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.month - 1]
    cells: list[str | None] = [one.format(date, era=date.year - 2018, month=month) for one in WRITINGS]
    (told,) = set(moved(["one"] * len(cells), cells))
    assert told is not None
    assert len(told) == 10


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("2024-04-01T09:30:00Z", "T09:30:00Z"),
        ("2024-04-01 9:30", " 9:30"),
        ("2024-04-01T09:30:00.123456+09:00", "T09:30:00.123456+09:00"),
        ("令和6年4月1日9時30分", " 9時30分"),
        ("２０２４／０４／０１　０９：３０", " 09:30"),
    ],
)
def test_the_time_of_day_stays(text: str, rest: str) -> None:
    (told,) = moved(["one"], [text])
    assert told is not None
    assert told[10:] == rest
    assert 1 <= abs(by(told, dt.date(2024, 4, 1))) <= 365


@pytest.mark.parametrize(
    "text",
    ["03/04/2024", "2024-04", "1985", "昭和55年", "2023-02-29", "2024-02-30", "soon", "01/02/85", "2024-04-01 Ann",
     "2024-04-01 09:30 Ann", "2024-04-01T25:00", "2024-04-01T09:61", "2024-1-109:30", "", "1712345678"],
)  # fmt: skip
def test_what_does_not_tell_a_day_becomes_null(text: str) -> None:
    assert moved(["one"], [text]) == [None]


def test_records_of_nobody_become_null() -> None:
    assert moved([None, "one"], ["2024-04-01", None]) == [None, None]
    table = pl.DataFrame({"a": [None, "x", "x"], "b": [None, None, "y"], "when": ["2024-04-01"] * 3})
    told = Shift(KEY, "", ["a", "b"], 10).column(table["when"], table).to_list()
    assert told[0] is None
    assert None not in told[1:]


def test_every_shift_is_equally_likely() -> None:
    """Over 20,000 subjects: chi squared of 20 classes, beyond which one key in a million lies (fixed here)."""
    people: list[str | None] = [str(number) for number in range(20_000)]
    counts = Counter(by(told, dt.date(2024, 4, 1)) for told in moved(people, ["2024-04-01"] * len(people), days=10))
    assert set(counts) == {*range(-10, 0), *range(1, 11)}
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 62


def test_neither_another_key_nor_the_pseudonym_tells_the_shift() -> None:
    people: list[str | None] = [str(number) for number in range(1000)]
    day, cells = dt.date(2024, 4, 1), ["2024-04-01"] * 1000
    own = [by(told, day) for told in moved(people, [*cells])]
    other = [by(told, day) for told in moved(people, [*cells], key=bytes(32))]
    work = operation(Pseudonymise(column="who"), Means(KEY))
    assert work is not None
    column = pl.Series("who", people)
    numbers = [int(text[2:18], 16) % 730 - 365 for text in work(column, column.to_frame())]
    guessed = [number + (number >= 0) for number in numbers]
    by_chance = 1000 / 730 + 6 * math.sqrt(1000 / 730)
    assert sum(a == b for a, b in zip(own, other, strict=True)) < by_chance
    assert sum(a == b for a, b in zip(own, guessed, strict=True)) < by_chance


def test_every_table_and_column_of_a_domain_has_one_shift(tmp_path: Path) -> None:
    patients = {"id": ["7", "8"], "born": ["1985-04-01", "1990-01-01"]}
    visits = {"patient": ["8", "7", "7"], "in": ["2024-01-01", "2024-01-05", "2024-02-01"], "out": ["2024-01-03"] * 3}
    (tmp_path / "a").mkdir()
    born, _ = protect(tmp_path / "a", patients, ShiftDates(column="born", subject=("id",), domain="patient"))
    seen, release = protect(
        tmp_path,
        visits,
        *(ShiftDates(column=name, subject=("patient",), domain="patient") for name in ("in", "out")),
        Pseudonymise(column="patient"),
    )
    shift = by(born["born"][0], dt.date(1985, 4, 1))
    assert [by(seen["in"][1], dt.date(2024, 1, 5)), by(seen["out"][1], dt.date(2024, 1, 3))] == [shift, shift]
    assert [step.op for step in release.report.steps] == ["shift_dates", "shift_dates", "pseudonymise"]


def test_unreadable_dates_are_counted(tmp_path: Path) -> None:
    _, release = protect(
        tmp_path, {"id": ["7", "8"], "d": ["2024", "2024-01-01"]}, ShiftDates(column="d", subject=("id",))
    )
    assert any("`d`: 1 values could not be read" in note.en for note in release.report.notes)


@pytest.mark.parametrize(
    "step",
    [
        ShiftDates(column="d", subject=()),
        ShiftDates(column="d", subject=("d",)),
        ShiftDates(column="d", subject=("id",), days=0),
        ShiftDates(column="d", subject=("id",), days=-5),
        ShiftDates(column="d", subject=("id",), days=40_000),
    ],
)
def test_what_means_nothing_is_refused(step: ShiftDates) -> None:
    with pytest.raises(InputError):
        check(ProtectionPlan(steps=(step,)))


def test_a_subject_that_is_not_there_is_named() -> None:
    plan = ProtectionPlan(steps=(ShiftDates(column="d", subject=("patient",)),))
    with pytest.raises(InputError, match="patient"):
        check_columns(plan, ["d", "patients"])


def test_beside_groups_shifted_dates_have_to_be_named() -> None:
    """They would single people out beside the groups, while the report says k."""
    shifted = ShiftDates(column="d", subject=("id",))
    asked = KAnonymity(k=2, quasi_identifiers=(QuasiIdentifier(column="sex"),))
    with pytest.raises(InputError, match="k-anonymity"):
        check(ProtectionPlan(steps=(shifted,), anonymity=asked))


def test_other_tables_are_not_compared_by_shifted_dates(tmp_path: Path) -> None:
    """A later release under another key, and a public table, have other dates of the same people."""
    table = {"id": [str(n) for n in range(8)], "d": [f"2024-01-0{n + 1}" for n in range(8)], "sex": [*"fffffmmm"]}
    source = write(tmp_path / "in.csv", table)
    plan = ProtectionPlan(steps=(ShiftDates(column="d", subject=("id",)), Pseudonymise(column="id")))
    first, second = Trace(KEY), Trace(KEY)
    apply_plan(open_source(source), plan, tmp_path / "a.csv", key=KEY, others=Others(trace=first))
    apply_plan(open_source(source), plan, tmp_path / "b.csv", key=bytes(32), others=Others(trace=second))
    beside = second.kept.beside(first.kept.data, "sha256:x")
    assert "d" not in beside.columns
    assert (beside.added, beside.gone) == (0, 0)
