"""What a release told, kept as keyed hashes, compares as the releases themselves do, and cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import DifferencingError, InputError
from tegata.model.plan import Differencing, Overlap, ProtectionPlan
from tegata.model.step import Keep, Pseudonymise
from tegata.protect import apply_plan, read_plan, trace
from tegata.protect.kept import NOTHING
from tegata.protect.others import Others
from tegata.protect.risk import Classes
from tegata.protect.trace import Trace
from tegata.tables import open_source
from tests.protect.tables import KEY, write
from tests.protect.test_attacks import PLAIN, Person, people, released

TRACES = b"t" * 32


def figures(found: Overlap) -> Overlap:
    return msgspec.structs.replace(found, table="", digest="")


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), left=st.sets(st.integers(0, 39), max_size=39), came=st.integers(0, 9))
def test_hashes_compare_as_the_values_do(
    seed: int, left: set[int], came: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, everybody = tmp_path_factory.mktemp("two"), people(40 + came, seed)
    before, now = Trace(TRACES), Trace(TRACES)
    released(folder, everybody[:40], PLAIN, "before", trace=before)
    rows = [person for number, person in enumerate(everybody) if number not in left]
    if not rows:
        return
    earlier = (open_source(folder / "before.csv"),)
    _, release = released(folder, rows, PLAIN, "now", earlier=earlier, trace=now)
    assert figures(now.kept.beside(before.kept.data, "")) == figures(release.report.overlaps[0])


def test_nothing_can_be_read_and_nothing_compares_under_another_key(tmp_path: Path) -> None:
    rows, made = people(60), [Trace(TRACES), Trace(b"u" * 32)]
    for number, one in enumerate(made):
        released(tmp_path, rows, PLAIN, str(number), trace=one)
    assert made[0].kept.data
    for value in ("ill1", "150", "1961", "person"):
        assert value.encode() not in made[0].kept.data
    assert made[0].kept.beside(made[0].kept.data, "").alike == 60
    assert made[0].kept.beside(made[1].kept.data, "").alike is None


def test_what_is_too_much_is_kept_by_quasi_identifiers_and_then_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**person, "illness": f"ill{number}"} for number, person in enumerate(people(300))]
    kept = []
    for most in (10_000, 700, 3):
        monkeypatch.setattr(trace, "MOST_CELLS", most)
        made = Trace(TRACES)
        released(tmp_path, rows, PLAIN, str(most), trace=made)
        kept.append(made.kept.beside(made.kept.data, "").columns)
    assert kept == [("born", "zip", "sex", "illness"), ("born", "zip", "sex"), ()]


def test_a_release_without_meaning_tells_nothing_together_with_others(tmp_path: Path) -> None:
    blank, full = Trace(TRACES), Trace(TRACES)
    plan = ProtectionPlan(steps=(Pseudonymise(column="no"),), otherwise="drop")
    released(tmp_path, people(20), plan, "blank", trace=blank)
    released(tmp_path, people(20), PLAIN, "full", trace=full)
    assert blank.kept.data == NOTHING
    for one, other in ((blank, full), (full, blank), (blank, blank)):
        found = one.kept.beside(other.kept.data, "")
        assert (found.alike, found.smallest_change, found.alone_in_both) == (0, None, 0)


def limited(rows: list[Person], folder: Path, asked: Differencing) -> None:
    plan = msgspec.structs.replace(PLAIN, differencing=asked)
    released(folder, rows, plan, "now", earlier=(open_source(folder / "before.csv"),))


def test_a_copy_that_tells_more_than_the_plan_allows_is_not_made(tmp_path: Path) -> None:
    rows = people(80)
    released(tmp_path, rows[:-1], PLAIN, "before")
    with pytest.raises(DifferencingError, match="has changed by 1"):
        limited(rows, tmp_path, Differencing(least_change=2))
    with pytest.raises(DifferencingError, match="alone in their group"):
        limited(rows, tmp_path, Differencing(most_alone=0))
    assert not (tmp_path / "now.csv").exists()
    limited(rows[:-1], tmp_path, Differencing(least_change=2, most_alone=80))
    assert (tmp_path / "now.csv").exists()


def test_what_was_not_checked_is_said(tmp_path: Path) -> None:
    table = write(tmp_path / "in.csv", {"a": ["x", "y"]})
    plan = ProtectionPlan(steps=(Keep(column="a"),), differencing=Differencing(least_change=2))
    release = apply_plan(open_source(table), plan, tmp_path / "out.csv", key=KEY)
    assert any("was not checked" in note.en for note in release.report.notes)
    release = apply_plan(open_source(table), plan, tmp_path / "out.csv", key=KEY, others=Others(trace=Trace(TRACES)))
    assert not any("was not checked" in note.en for note in release.report.notes)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{}", "it needs"),
        ("{least_change: 1}", "at least 2"),
        ("{most_alone: -1}", "at least 0"),
        ("{least_change: 2, of: everybody}", "everybody"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError) as refused:
        read_plan(f"steps: [{{op: drop, column: a}}]\ndifferencing: {text}\n".encode())
    assert what in f"{refused.value.what} {refused.value.why}"


def test_noise_has_its_own_account() -> None:
    with pytest.raises(InputError, match="limit on differences"):
        read_plan(
            b"steps: []\ndifferencing: {least_change: 2}\n"
            b"statistics: {epsilon: 1, count_by: [{column: a, values: [x]}]}\n"
        )


@settings(deadline=None, max_examples=25)
@given(
    frames=st.lists(
        st.lists(st.tuples(st.sampled_from(["a", "b", "", None]), st.sampled_from(["a", "ab", None])), max_size=12),
        max_size=5,
    )
)
def test_combinations_of_many_frames_are_counted_as_those_of_one(
    frames: list[list[tuple[str | None, str | None]]],
) -> None:
    schema, told = {"x": pl.String(), "y": pl.String()}, Trace(TRACES)
    told.begin(["x", "y"])
    parts = [pl.DataFrame(rows, schema=schema, orient="row") for rows in frames]
    for part in parts:
        told.add(part)
    whole = Trace(TRACES)
    whole.begin(["x", "y"])
    whole.add(pl.concat([pl.DataFrame(schema=schema), *parts]))
    for one in (told, whole):
        one.take(Classes(()))
    assert told.kept == whole.kept
    rows = [row for rows in frames for row in rows]
    assert told.kept.beside(told.kept.data, "").alike == len(rows)
    assert told.kept.data == NOTHING or pl.read_parquet(io.BytesIO(told.kept.data or b"")).height == len(set(rows))
