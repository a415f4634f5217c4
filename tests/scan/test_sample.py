"""A sample says what it cannot know: rare values, numbers of people. Its bounds hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import StoreError
from tegata.rules import profile_facts
from tegata.scan import Sample, Workers, scan
from tegata.scan.saved import Saved
from tegata.tables import csv, open_source
from tests.scan.making import email, my_number, table


@pytest.fixture
def register(tmp_path: Path) -> Path:
    rows = 4000
    path = tmp_path / "t.csv"
    columns = {
        "個人番号": [my_number(n) for n in range(rows)],
        "mail": [email(n % 900) for n in range(rows)],
        "note": [f"write to {email(n)}" if n % 50 == 0 else "nothing new" for n in range(rows)],
    }
    table(dict(columns)).write_csv(path)
    return path


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_numbers_of_people_are_upper_bounds(seed: int) -> None:
    frame = table({"個人番号": [my_number(n) for n in range(300)], "生年月日": ["1970-01-02"] * 300})
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        frame.write_csv(path)
        whole, sampled = scan(open_source(path)), scan(open_source(path), sample=Sample(0.3, seed))
    exact = {count.category: count.n for count in whole.subjects}
    for count in sampled.subjects:
        assert not count.exact
        assert exact[count.category] <= count.n <= 300


def test_what_is_not_known_stays_open(register: Path) -> None:
    profile = scan(open_source(register), sample=Sample(0.1, 7))
    assert profile.rows == 4000
    assert profile.source_digest == scan(open_source(register)).source_digest
    assert 300 < profile.columns[0].rows < 500
    assert profile.columns[0].recogniser == "jp.my_number"
    assert "44 rows or more" in profile.unread[0].why.en
    facts = profile_facts(profile)
    assert facts["data.personal"].value is True
    assert not {name for name in facts if name.startswith("subjects.")}
    assert "data.categories" not in facts
    assert "identifier.contact" in profile.categories
    assert "identifier.contact" not in {count.category for count in profile.subjects}  # a note may name any number


def test_rows_are_drawn_one_by_one() -> None:
    """The share is right, and whether one row is taken says nothing of another, in the same batch or in another."""
    frame = pl.DataFrame({"n": range(20_000)})
    sample = Sample(0.25, 11)
    one, other = sample.of(frame, 1, 0)["n"], sample.of(frame, 2, 0)["n"]
    assert abs(len(one) - 5000) < 400
    both = len(set(one) & set(other))
    assert abs(both - 1250) < 200
    following = len(set(one) & set(one + 1))
    assert abs(following - 1250) < 200
    assert sample.of(frame, 1, 0)["n"].equals(one)


def test_what_many_rows_hold_is_seen() -> None:
    """The stated number of rows is missed once in a hundred times."""
    sure = Sample(0.05, 0).sure
    frame = pl.DataFrame({"n": range(sure)})
    missed = sum(not Sample(0.05, seed).of(frame, 0).height for seed in range(2000))
    assert 5 <= missed <= 45


def test_shares_are_sampled_too(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    state = register.with_name("state")
    with ThreadPoolExecutor(1) as pool:
        workers = Workers(pool, 1, Saved(state, every=0, of=0))
        profile = scan(open_source(register), sample=Sample(0.1, 7), workers=workers)
        assert profile.rows == 4000
        assert 300 < profile.columns[0].rows < 500
        with pytest.raises(StoreError, match="another sample"):
            scan(open_source(register), workers=Workers(pool, 1, Saved(state)))
