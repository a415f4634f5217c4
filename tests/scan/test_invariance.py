"""The answer depends on the rows, not on how they come, nor on the salt; and no value of a cell is ever in it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tegata
from tegata.model.base import encode
from tegata.model.errors import InputError
from tegata.model.profile import Profile
from tegata.scan import builtin_recognisers, scan
from tegata.scan.engine import Classifier
from tegata.scan.partial import SAMPLE, Survey, merge
from tegata.tables import open_source
from tests.scan.making import card, look, my_number, ssn, table


def mixed(rows: int) -> pl.DataFrame:
    return table(
        {
            "患者ID": [f"P{n % 700:05}" if n % 50 else None for n in range(rows)],
            "氏名": [f"{'佐藤鈴木高橋'[n % 3 * 2 : n % 3 * 2 + 2]} {'太花健'[n % 3]}子" for n in range(rows)],
            "SSN": [ssn(n) if n % 3 == 0 else None for n in range(rows)],
            "個人番号": [my_number(n) if n % 3 else None for n in range(rows)],
            "card": [card(n) if n % 9 else "none" for n in range(rows)],
            "lat": [f"{35 + n % 997 / 1000:.4f}" for n in range(rows)],
            "lon": [f"{139 + n % 991 / 1000:.4f}" for n in range(rows)],
            "note": [card(n) if n % 400 == 0 else f"seen on day {n}" for n in range(rows)],
            "x": [str(n * 7919 % 10**9).zfill(9) for n in range(rows)],
        }
    )


@settings(max_examples=5, deadline=None)
@given(st.integers(90, 2000), st.randoms(use_true_random=False))
def test_batches_and_order_of_rows_do_not_matter(size: int, order: random.Random) -> None:
    frame = mixed(2000)
    shuffled = frame[order.sample(range(2000), 2000)]
    assert look(shuffled, rows=size) == look(frame)


def test_late_surprise_is_counted_by_the_right_plan() -> None:
    """The first batch shows no person at all; the source as a whole does."""
    rows = 600
    values: list[str | None] = [None] * 300 + [f"user{n}@example.com" for n in range(300)]
    found = look(table({"x": values, "y": [str(n) for n in range(rows)]}), rows=100)
    assert found.columns[0].recogniser == "contact.email"
    assert found.columns[0].matched == 300
    assert found.counted.subjects[0].n == 300


def test_partials_merge_in_any_order() -> None:
    frame = mixed(3000)
    classifier = Classifier(frame.columns, builtin_recognisers(), seed=5)
    a, b, c = (classifier.survey(classifier.cells(part)[0], {}) for part in frame.iter_slices(1000))
    whole = merge([classifier.survey(classifier.cells(frame)[0], {})])
    assert whole.sample.height > 3 * SAMPLE
    for merged in (merge([merge([a, b]), c]), merge([c, merge([b, a])])):
        assert (merged.rows, merged.nulls) == (whole.rows, whole.nulls)
        assert merged.sample.equals(whole.sample)


def test_cut_drops_nothing_that_belongs_to_the_sample() -> None:
    """Later batches give only what can still be among the smallest hashes; values that came before come again."""
    frame = pl.concat([mixed(3000), mixed(3000).reverse()])
    classifier = Classifier(frame.columns, builtin_recognisers(), seed=5)
    survey, dropped = Survey(frame.width), 0
    for part in frame.iter_slices(700):
        cells, _ = classifier.cells(part)
        cut = classifier.survey(cells, survey.cuts)
        dropped += merge([classifier.survey(cells, {})]).sample.height - merge([cut]).sample.height
        survey.add(cut)
    assert dropped > 0
    whole = merge([classifier.survey(classifier.cells(frame)[0], {})])
    assert survey.whole().sample.equals(whole.sample)
    assert survey.whole().nulls == whole.nulls


def test_salt_changes_no_count() -> None:
    frame = mixed(900)
    one, other = look(frame, salt=b"one"), look(frame, salt=b"other")
    assert one.counted == other.counted
    assert [c.recogniser for c in one.columns] == [c.recogniser for c in other.columns]


def test_no_value_of_a_cell_is_in_the_profile(tmp_path: Path) -> None:
    frame = mixed(400).with_columns(secret=pl.format("confidential-{}", pl.int_range(400)))
    path = tmp_path / "register.csv"
    frame.write_csv(path)
    profile = scan(open_source(path))
    text = encode(profile).decode()
    for column in frame.get_columns():
        leaked = [value for value in column.drop_nulls().to_list() if len(value) > 4 and value in text]
        assert not leaked, column.name
    assert msgspec.json.decode(text.encode(), type=Profile) == profile


def test_profile_is_bound_to_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    mixed(300).write_csv(path)
    source = open_source(path)
    profile = scan(source)
    assert profile.source_digest == source.digest
    assert profile.source_bytes == path.stat().st_size
    assert profile.scanner == builtin_recognisers().digest
    assert profile.rows == 300
    assert profile.categories == tuple(sorted(set(profile.categories)))
    assert "ordinary" not in profile.categories


def test_bytes_that_change_between_two_passes_are_refused(tmp_path: Path) -> None:
    """Promise 2: what was scanned is what leaves."""
    path = tmp_path / "register.csv"
    late = table(
        {"x": [None] * 60_000 + [f"user{n}@example.com" for n in range(2000)], "y": ["ordinary text " * 12] * 62_000}
    )
    late.write_csv(path)
    source = open_source(path)
    passes = 0

    def progress(done: int, total: int) -> None:
        nonlocal passes
        if done >= total and not passes:
            passes += 1
            path.write_bytes(path.read_bytes().replace(b"user7@", b"user8@"))

    with pytest.raises(InputError, match="changed"):
        scan(source, progress=progress)


def test_five_thousand_columns() -> None:
    frame = pl.DataFrame({f"c{n}": [str(n + row) for row in range(20)] for n in range(5000)})
    found = look(frame)
    assert len(found.columns) == 5000
    assert not found.counted.subjects


def test_columns_may_be_called_as_ours_are() -> None:
    """`cell`, `column`, `row` and whatever else the package names in its frames are no names apart."""
    sources = Path(tegata.__file__).parent.rglob("*.py")
    ours = sorted({name for source in sources for name in re.findall(r'"([a-z_]{1,24})"', source.read_text("utf-8"))})
    assert {"cell", "column", "hash"} <= set(ours)
    found = look(table({name: [f"user{n}@example.com" for n in range(12)] for name in ours}))
    mails = [column.name for column in found.columns if column.recogniser == "contact.email"]
    assert len(mails) > 0.9 * len(ours), "the others have a name that says what they are"
