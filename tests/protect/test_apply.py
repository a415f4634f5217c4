"""A plan on a whole file: what leaves, what never does, and what is left behind when it fails."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.base import digest
from tegata.model.errors import InputError, VerificationError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Drop, Generalise, Keep, Mask, Pseudonymise, RoundLocation, TopBottomCode
from tegata.protect import apply_plan
from tegata.tables import digest_file, open_collection, open_source
from tests.protect.tables import KEY, protect, write
from tests.shared_data import shared_data

values = st.text(alphabet="kqvwxyz789漢字", min_size=4, max_size=8)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(values, values, values), min_size=1, max_size=20))
def test_no_value_of_a_dropped_or_pseudonymised_column_leaves(
    rows: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("p")
    secret, person, kept = (list(cells) for cells in zip(*rows, strict=True))
    columns = {"secret": [f"s{cell}s" for cell in secret], "person": [f"p{cell}p" for cell in person], "kept": kept}
    cells, release = protect(folder, columns, Drop(column="secret"), Pseudonymise(column="person"))
    text = (folder / "out.csv").read_text()
    assert not any(cell in text for name in ("secret", "person") for cell in columns[name])
    assert list(cells) == ["person", "kept"]
    assert cells["kept"] == kept
    assert sorted(Counter(cells["person"]).values()) == sorted(Counter(person).values())
    assert release.rows == len(rows)


def test_pseudonyms_join_columns_of_one_kind_and_no_others(tmp_path: Path) -> None:
    columns = {"patient": ["ann", "bob"], "contact": ["bob", "ann"], "town": ["ann", "bob"]}
    kinds = {"patient": "person.name", "contact": "person.name", "town": ""}
    steps = [Pseudonymise(column=name, domain=kind) for name, kind in kinds.items()]
    cells, _ = protect(tmp_path, columns, *steps)
    assert cells["patient"] == cells["contact"][::-1]
    assert not set(cells["patient"]) & set(cells["town"])
    other, _ = protect(tmp_path, columns, *steps, key=bytes(32))
    assert not {c for column in cells.values() for c in column} & {c for column in other.values() for c in column}


def test_report_counts_cells_changes_and_what_was_unreadable(tmp_path: Path) -> None:
    columns = {
        "born": ["1980-01-02", "1985", "?", None],
        "name": ["ann", "bob", None, "eve"],
        "note": ["a", "b", "c", "d"],
    }
    _, release = protect(
        tmp_path, columns, Generalise(column="born", to="year"), Drop(column="name"), because={"born": "r.1"}
    )
    born, name = release.report.steps
    assert (born.op, born.cells, born.changed) == ("generalise", 3, 2)
    assert (name.op, name.cells, name.changed) == ("drop", 3, 3)
    assert "year is known" in born.guarantee.en
    notes = [note.en for note in release.report.notes]
    assert "`born`: 1 values could not be read and were left out" in notes
    assert "2 columns without a step leave unchanged" in notes
    assert all(note.ja != note.en for note in release.report.notes)


def test_release_binds_source_plan_and_copy(tmp_path: Path) -> None:
    plan = ProtectionPlan(steps=(Drop(column="b"),))
    path = write(tmp_path / "in.csv", {"a": ["x"], "b": ["y"]})
    for form in ("csv", "parquet", "jsonl"):
        out = tmp_path / f"out.{form}"
        release = apply_plan(open_source(path), plan, out, key=b"", out_format=form)
        assert release.source_digest == digest_file(path)
        assert release.digest == digest_file(out)
        assert release.size == out.stat().st_size
        assert release.plan_digest == digest(plan)
        assert open_source(out).columns == ("no of record", "a")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    columns = {"a": ["x", "y", "x"] * 50, "b": ["1980-01-02"] * 150}
    steps = (Pseudonymise(column="a"), Generalise(column="b", to="decade"))
    first = protect(tmp_path, columns, *steps)
    assert first == protect(tmp_path, columns, *steps)


@pytest.mark.parametrize("otherwise", ["keep", "drop"])
def test_columns_without_a_step_follow_otherwise(tmp_path: Path, otherwise: Literal["keep", "drop"]) -> None:
    cells, _ = protect(tmp_path, {"a": ["x"], "b": ["y"]}, Keep(column="b"), otherwise=otherwise)
    assert list(cells) == (["a", "b"] if otherwise == "keep" else ["b"])


def test_other_bytes_than_those_scanned_do_not_leave(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", {"a": ["x"] * 100})
    out = tmp_path / "out" / "out.csv"
    out.parent.mkdir()
    plan = ProtectionPlan(steps=())
    with pytest.raises(VerificationError, match="not what was scanned"):
        apply_plan(open_source(path), plan, out, key=KEY, expect_digest="sha256:" + "0" * 64)
    assert list(out.parent.iterdir()) == []
    assert apply_plan(open_source(path), plan, out, key=KEY, expect_digest=digest_file(path)).rows == 100


def test_a_change_between_scan_and_release_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", {"a": ["x"] * 100})
    source, scanned = open_source(path), digest_file(path)
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"y"', 1))
    with pytest.raises(VerificationError):
        apply_plan(source, ProtectionPlan(steps=()), tmp_path / "out.csv", key=KEY, expect_digest=scanned)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (ProtectionPlan(steps=(Drop(column="nam"),)), "`nam` that is not there.*did you mean `name`"),
        (ProtectionPlan(steps=(), subject_key=("x",), cap_subjects=1), "`x` that is not there"),
        (ProtectionPlan(steps=(Drop(column="name"), Keep(column="name"))), "2 steps name it"),
        (ProtectionPlan(steps=(Mask(column="name", show_last=-1),)), "negative"),
        (ProtectionPlan(steps=(Generalise(column="name", to="first_chars"),)), "at least 1"),
        (ProtectionPlan(steps=(Generalise(column="name", to="year", n=1),)), "takes no `n`"),
        (ProtectionPlan(steps=(RoundLocation(column="name", min_error_m=0),)), "min_error_m"),
        (ProtectionPlan(steps=(RoundLocation(column="name", min_error_m=1e9),)), "min_error_m"),
        (ProtectionPlan(steps=(TopBottomCode(column="name"),)), "needs `bottom`, `top` or both"),
        (ProtectionPlan(steps=(TopBottomCode(column="name", top=float("nan")),)), "as numbers"),
        (ProtectionPlan(steps=(TopBottomCode(column="name", top=1, bottom=1),)), "not below"),
        (ProtectionPlan(steps=(), cap_subjects=0), "nobody"),
        (ProtectionPlan(steps=(Drop(column="name"),), otherwise="drop"), "leaves no column"),
        (ProtectionPlan(steps=(Drop(column="name"), Drop(column="no of record"))), "leaves no column"),
    ],
)
def test_a_plan_that_does_not_fit_fails_before_anything_is_written(
    tmp_path: Path, plan: ProtectionPlan, expected: str
) -> None:
    source = open_source(write(tmp_path / "in.csv", {"name": ["ann"]}))
    with pytest.raises(InputError, match=expected) as caught:
        apply_plan(source, plan, tmp_path / "out.csv", key=KEY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]
    assert caught.value.parts("ja") != caught.value.parts("en")


def test_short_keys_and_the_source_itself_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", {"name": ["ann"]})
    plan = ProtectionPlan(steps=(Pseudonymise(column="name"),))
    with pytest.raises(InputError, match="15 bytes"):
        apply_plan(open_source(path), plan, tmp_path / "out.csv", key=bytes(15))
    with pytest.raises(InputError, match="the source itself"):
        apply_plan(open_source(path), plan, tmp_path / ".." / tmp_path.name / "in.csv", key=KEY)


@settings(deadline=None, max_examples=60)
@given(
    people=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["1", "2", None])), min_size=1, max_size=40),
    most=st.integers(1, 10),
    batch=st.integers(1, 9),
)
def test_cap_lets_the_first_subjects_through_whole(people: list[tuple[str, str | None]], most: int, batch: int) -> None:
    from tegata.protect.cap import Cap

    frame = pl.DataFrame(people, schema={"id": pl.String, "branch": pl.String}, orient="row")
    cap = Cap(most, ("id", "branch"))
    passed = [cap.admit(frame.slice(start, batch)) for start in range(0, len(people), batch)]
    first = list(dict.fromkeys(people))[:most]
    assert [row for part in passed for row in part.rows()] == [person for person in people if person in first]
    assert cap.subjects == len(first)
    assert cap.withheld == sum(person not in first for person in people)


def test_cap_in_a_plan(tmp_path: Path) -> None:
    columns = {"id": ["a", "b", "a", "c", None, None], "v": list("123456")}
    cells, release = protect(tmp_path, columns, cap_subjects=3, subject_key=("id",))
    assert cells["v"] == ["1", "2", "3", "4"]
    assert "3 subjects leave (at most 3); 2 records of others do not" in [note.en for note in release.report.notes]
    cells, _ = protect(tmp_path, columns, cap_subjects=3)
    assert cells["v"] == ["1", "2", "3"]


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1981", "1985", None])), min_size=1, max_size=30)
)
def test_k_and_unique_rows_are_those_of_a_plain_count(
    rows: list[tuple[str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sex, born = (list(cells) for cells in zip(*rows, strict=True))
    steps = (Keep(column="sex"), Generalise(column="born", to="decade"))
    _, release = protect(tmp_path_factory.mktemp("k"), {"sex": sex, "born": born}, *steps)
    sizes = Counter((s, b and "1980s") for s, b in rows).values()
    assert release.report.quasi_identifiers == ("sex", "born")
    assert release.report.k == min(sizes)
    assert release.report.unique_rows == sum(size == 1 for size in sizes)


def test_too_many_classes_are_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.protect.risk.MAX_CLASSES", 50)
    monkeypatch.setattr("tegata.protect.risk._MERGE_AT", 10)
    _, release = protect(tmp_path, {"zip": [f"z{n}" for n in range(100)]}, Keep(column="zip"))
    assert (release.report.k, release.report.unique_rows) == (None, None)
    assert any("more than 50" in note.en for note in release.report.notes)


def test_without_quasi_identifiers_the_report_says_so(tmp_path: Path) -> None:
    _, release = protect(tmp_path, {"a": ["x"]})
    assert release.report.k is None
    assert any("names no quasi-identifier" in note.en for note in release.report.notes)


def test_formulas_do_not_leave_as_formulas(tmp_path: Path) -> None:
    cells, release = protect(tmp_path, {"a": ["=1+1", "x"]})
    assert cells["a"] == ["'=1+1", "x"]
    assert any("1 cells" in note.en for note in release.report.notes)


def test_a_table_without_records(tmp_path: Path) -> None:
    cells, release = protect(tmp_path, {"a": [], "b": []}, Drop(column="a"), Keep(column="b"))
    assert cells == {"b": []}
    assert (release.rows, release.report.k) == (0, None)


def test_every_real_table_passes_with_every_operation(tmp_path: Path) -> None:
    """Steps in turn over the columns of every table: every record leaves, every dropped column does not."""
    paths = [p for name in ("opendata-messy", "japan-registry") for p in sorted(shared_data(name).rglob("*.*"))]
    passed = 0
    tables = [p for p in paths if p.suffix in (".csv", ".xlsx") and p.stat().st_size and p.name != "manifest.csv"]
    for path, part in [(table, part) for table in tables for part in open_collection(table).parts]:
        source = part.open()
        kinds = (Pseudonymise, Mask, Drop, Keep)
        steps = tuple(kinds[place % 4](column=name) for place, name in enumerate(source.columns))
        if len(steps) < 2:
            continue
        out = tmp_path / "out.csv"
        release = apply_plan(source, ProtectionPlan(steps=steps), out, key=KEY, expect_digest=digest_file(path))
        header, *rows = csv.reader(io.StringIO(out.read_text(), newline=""))
        assert len(rows) == release.rows
        assert header == [name for place, name in enumerate(source.columns) if place % 4 != 2]
        assert all(row[0] == "" or row[0].startswith("p-") for row in rows)
        passed += 1
    assert passed >= 57


def test_columns_whose_names_look_like_patterns(tmp_path: Path) -> None:
    columns = {"*": ["ann", "bob"], "^.*$": ["1980-01-02", "1985-01-02"], "c": ["=1+1", "x"]}
    steps = (Pseudonymise(column="_*"), Generalise(column="_^.*$", to="year"))
    cells, release = protect(tmp_path, columns, *steps, cap_subjects=1, subject_key=("_*",))
    assert cells["_^.*$"] == ["1980"]
    assert cells["c"] == ["'=1+1"]
    assert release.report.k == 1


@settings(deadline=None, max_examples=40)
@given(people=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), min_size=1, max_size=30), most=st.integers(1, 6))
def test_no_more_subjects_leave_than_the_cap_and_all_records_of_those_who_do(
    people: list[str], most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = {"person": people, "number": [f"n{n}" for n in range(len(people))]}
    cells, _ = protect(tmp_path_factory.mktemp("cap"), columns, cap_subjects=most, subject_key=("person",))
    subjects = [who or f"row {n}" for n, who in enumerate(people)]
    admitted = list(dict.fromkeys(subjects))[:most]
    want = [f"n{n}" for n, who in enumerate(subjects) if who in admitted]
    assert cells["number"] == want


def test_batches_leave_in_order_and_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages run side by side: a hundred batches, each with its place, as if one came after the other."""
    columns = {
        "id": [f"person {n * 7919 % 5000}" for n in range(20_000)],
        "place": [f"p{n:05d}" for n in range(20_000)],
    }
    path = write(tmp_path / "in.csv", columns)
    steps = (Pseudonymise(column="id"), Drop(column="no of record"))
    whole = apply_plan(open_source(path), ProtectionPlan(steps=steps), tmp_path / "whole.csv", key=KEY)
    monkeypatch.setattr("tegata.tables.csv.BLOCK", 8192)
    parts = apply_plan(open_source(path), ProtectionPlan(steps=steps), tmp_path / "parts.csv", key=KEY)
    assert parts.digest == whole.digest
    assert parts.report.steps == whole.report.steps
