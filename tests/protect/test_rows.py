"""Which records may leave."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, ProtectionPlan, QuasiIdentifier
from tegata.model.profile import ColumnProfile, Profile
from tegata.model.rows import Among, DateRange, DropRows, Empty, KeepRows, NumberRange, Predicate
from tegata.model.step import Drop, Keep, Mask, ShiftDates, SuppressRare
from tegata.protect import apply_plan, plan_for, plans_for, read_plan
from tegata.protect.filters import filter_words
from tegata.protect.others import Others
from tegata.protect.plan import check, check_columns
from tegata.protect.rows import passes
from tegata.tables import open_source
from tests.protect.tables import KEY, column, condition, profile, protect, write

ADULTS = NumberRange(low=18)


def told(predicate: Predicate, *cells: str | None, keep: bool = True) -> list[bool]:
    one = (KeepRows if keep else DropRows)(column="c", where=predicate)
    return passes(one, pl.Series("c", cells, dtype=pl.String)).to_list()


numbers = st.integers(-50, 150) | st.floats(-50, 150)


@settings(deadline=None, max_examples=80)
@given(cells=st.lists(numbers, min_size=1, max_size=8), low=st.none() | numbers, high=st.none() | numbers)
def test_only_numbers_within_the_limits_leave(cells: list[float], low: float | None, high: float | None) -> None:
    where = NumberRange(low=low, high=high)
    within = [(low is None or low <= cell) and (high is None or cell <= high) for cell in cells]
    assert told(where, *map(repr, cells)) == within
    assert told(where, *map(repr, cells), keep=False) == [not one for one in within]


@settings(deadline=None, max_examples=60)
@given(
    cells=st.lists(st.dates(dt.date(1873, 1, 1), dt.date(2099, 12, 31)), min_size=1, max_size=8),
    low=st.none() | st.dates(),
    high=st.none() | st.dates(),
)
def test_only_days_within_the_limits_leave(cells: list[dt.date], low: dt.date | None, high: dt.date | None) -> None:
    where = DateRange(low=low, high=high)
    within = [(low is None or low <= cell) and (high is None or cell <= high) for cell in cells]
    written = [f"{cell.year}年{cell.month}月{cell.day}日" for cell in cells]
    assert told(where, *map(str, cells)) == told(where, *written) == within
    assert told(where, *written, keep=False) == [not one for one in within]


@settings(deadline=None, max_examples=60)
@given(cells=st.lists(st.none() | st.sampled_from(["a", "b", " a ", "ａ", "A", ""]), min_size=1, max_size=8))
def test_only_named_values_leave(cells: list[str | None]) -> None:
    named = [cell is not None and cell.strip() in ("a", "ａ") for cell in cells]
    for value in ("a", " ａ"):
        assert told(Among(values=(value,)), *cells) == named
        assert told(Among(values=(value,)), *cells, keep=False) == [not one for one in named]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("where", "cell"),
    [
        *((ADULTS, cell) for cell in (None, "", "adult", "18歳", "nan", "inf", "1e999", "18..29")),
        *((DateRange(low=dt.date(2000, 1, 1)), cell) for cell in (None, "2024", "2024-04", "03/04/2024", "2024-02-30")),
    ],
)
def test_what_a_cell_does_not_tell_speaks_against_it(where: Predicate, cell: str | None, keep: bool) -> None:
    assert told(where, cell, keep=keep) == [False]


def test_empty_cells() -> None:
    assert told(Empty(), None, "", " \u3000", "x") == [True, True, True, False]
    assert told(Empty(), None, "", " \u3000", "x", keep=False) == [False, False, False, True]


TABLE = {
    "id": ["1", "1", "2", "3", "4", "5"],
    "age": ["40", "41", "17", "", "18", "70"],
    "town": ["Kyoto", "Kyoto", "Kyoto", "Osaka", "Nara", "Ｋｙｏｔｏ"],
}
FILTERS = (KeepRows(column="age", where=ADULTS), DropRows(column="town", where=Among(values=("Nara",))))


def test_filters_come_first_and_each_is_counted(tmp_path: Path) -> None:
    """By what records were, although the column does not leave; people are counted after them."""
    cells, release = protect(tmp_path, TABLE, Drop(column="age"), rows=FILTERS, cap_subjects=2, subject_key=("id",))
    assert cells == {"id": ["1", "1", "5"], "town": ["Kyoto", "Kyoto", "Ｋｙｏｔｏ"]}
    assert [(one.op, one.column, one.withheld) for one in release.report.filters] == [
        ("keep_rows", "age", 2), ("drop_rows", "town", 1),
    ]  # fmt: skip
    assert any("2 subjects leave (at most 2); 0 records of others" in note.en for note in release.report.notes)


def test_what_is_counted_beforehand_counts_only_what_may_leave(tmp_path: Path) -> None:
    rows = (KeepRows(column="age", where=NumberRange(high=69)),)
    cells, _ = protect(tmp_path, TABLE, SuppressRare(column="town", least=3), rows=rows)
    assert cells["town"] == ["Kyoto", "Kyoto", "Kyoto", "*"]
    (tmp_path / "k").mkdir()
    asked = KAnonymity(k=3, quasi_identifiers=(QuasiIdentifier(column="town"),), max_suppressed=0.3)
    cells, release = protect(tmp_path / "k", TABLE, rows=rows, anonymity=asked)
    assert cells["town"] == ["Kyoto"] * 3
    assert release.report.suppressed_rows == 1


def test_nobody_passes(tmp_path: Path) -> None:
    rows = (KeepRows(column="age", where=NumberRange(low=100)),)
    cells, release = protect(tmp_path, TABLE, Keep(column="town"), rows=rows)
    assert cells["town"] == []
    assert (release.rows, release.report.filters[0].withheld) == (0, 6)


def test_who_is_known_not_to_pass_is_no_candidate(tmp_path: Path) -> None:
    """The attacker knows the filter as well: two of three people of Kyoto in the register are minors."""
    public = write(tmp_path / "public.csv", {"town": ["Kyoto"] * 3, "age": ["17", "12", "40"]})
    rows = (KeepRows(column="age", where=ADULTS),)
    plan = ProtectionPlan(steps=(Keep(column="town"), Drop(column="age"), Drop(column="id")), rows=rows)
    source = open_source(write(tmp_path / "in.csv", {"id": ["1"], "age": ["40"], "town": ["Kyoto"]}))
    release = apply_plan(source, plan, tmp_path / "out.csv", key=KEY, others=Others(against=(open_source(public),)))
    assert release.report.linkage[0].fewest_people == 1


DOCUMENT = b"""
steps: []
rows:
  - {op: keep_rows, column: age, where: {is: number, low: 18}}
  - {op: keep_rows, column: region, where: {is: in, values: ["13", Kyoto]}}
  - {op: drop_rows, column: seen, where: {is: date, high: 2019-12-31}}
  - {op: drop_rows, column: ward, where: {is: empty}}
"""


def test_filters_as_a_document() -> None:
    rows = read_plan(DOCUMENT).rows
    assert [type(one.where) for one in rows] == [NumberRange, Among, DateRange, Empty]
    words = [filter_words(one) for one in rows]
    assert len({text.en for text in words}) == len({text.ja for text in words}) == 4
    assert "`Kyoto`" in words[1].ja
    assert "2019-12-31" in words[2].en


@pytest.mark.parametrize(
    "where",
    ["{is: number}", "{is: date}", "{is: number, low: .inf}", "{is: number, low: 2, high: 1}", "{is: in, values: []}",
     "{is: date, low: 2024-01-02, high: 2024-01-01}", "{is: in, values: ['']}", "{is: in, values: [13]}", "{is: sql}",
     "{is: number, low: x}", "{is: date, low: soon}", "{is: empty, values: [a]}", "'age > 18; DROP TABLE x'"],
)  # fmt: skip
def test_what_means_nothing_is_refused(where: str) -> None:
    with pytest.raises(InputError):
        read_plan(f"steps: []\nrows: [{{op: keep_rows, column: age, where: {where}}}]".encode())


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="age"):
        check_columns(ProtectionPlan(steps=(), rows=FILTERS), ["ages", "town"])


PEOPLE = profile(
    column("age", "identifier.contact", "person.age"),
    column("pref", "ordinary", "place.region"),
    column("note", "ordinary"),
)


def test_filters_are_conditions() -> None:
    plan = plan_for(
        [
            condition("keep_rows", "h.1", recognisers=["person.age"], where={"is": "number", "low": 18}),
            condition("keep_rows", "h.2", columns=["age"], where={"is": "number", "low": 18}),
            condition("drop_rows", "h.3", recognisers=["place.region"], where={"is": "in", "values": ["Osaka"]}),
            condition("drop_rows", "h.4", columns=["note"], where={"is": "date", "low": "2024-01-01"}),
        ],
        PEOPLE,
    )
    assert plan.rows == (
        KeepRows(column="age", where=ADULTS, because="h.1, h.2"),
        DropRows(column="pref", where=Among(values=("Osaka",)), because="h.3"),
        DropRows(column="note", where=DateRange(low=dt.date(2024, 1, 1)), because="h.4"),
    )
    check(plan)


@pytest.mark.parametrize("verb", ["keep_rows", "drop_rows"])
@pytest.mark.parametrize(
    "params",
    [
        {"recognisers": ["person.birth_date"], "where": {"is": "number", "low": 18}},
        {"columns": ["nowhere"], "where": {"is": "empty"}},
        {"where": {"is": "empty"}},
        {"columns": ["age"]},
        {"columns": ["age"], "where": {"is": "number"}},
        {"columns": ["age"], "where": "age > 18"},
        {"columns": ["age"], "where": {"is": "empty"}, "sql": "1=1"},
    ],
)
def test_a_filter_that_cannot_be_carried_out_lets_nothing_out(verb: str, params: dict[str, object]) -> None:
    with pytest.raises(InputError):
        plan_for([condition(verb, **params)], PEOPLE)


def test_a_table_that_does_not_tell_stops_the_data_set() -> None:
    """Records of minors in a table without ages are theirs as well."""

    def part(name: str, *columns: ColumnProfile) -> Profile:
        return msgspec.structs.replace(profile(*columns), name=name)

    tables = (part("people", *PEOPLE.columns), part("visits", column("ward")))
    whole = msgspec.structs.replace(PEOPLE, columns=(), tables=tables)
    asked = condition("keep_rows", recognisers=["person.age"], where={"is": "number", "low": 18})
    with pytest.raises(InputError, match="keep_rows"):
        plans_for([asked], whole)


def test_where_no_record_is_left_the_rest_of_the_plan_has_nothing_to_do(tmp_path: Path) -> None:
    """The first filter lets none pass: neither the next nor a step by subject may fall over that."""
    rows = (KeepRows(column="who", where=Among(values=("nobody",))), DropRows(column="age", where=ADULTS))
    steps = (ShiftDates(column="day", subject=("who",)), Mask(column="age"))
    columns = {"who": ["Ann", "Bob"], "age": ["17", "40"], "day": ["2024-04-01", "2024-04-02"]}
    cells, release = protect(tmp_path, columns, *steps, rows=rows)
    assert cells == {"who": [], "age": [], "day": []}
    assert [one.withheld for one in release.report.filters] == [2, 0]


def test_a_table_without_records_leaves_as_one(tmp_path: Path) -> None:
    rows = (KeepRows(column="age", where=ADULTS),)
    cells, release = protect(tmp_path, {"who": [], "age": []}, rows=rows)
    assert (cells, release.rows) == ({"who": [], "age": []}, 0)
