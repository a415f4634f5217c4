"""Few copies of rare values: how many would meet by chance is counted, and what is more is a copy."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import ExposureError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Drop
from tegata.scan import SecondLook
from tegata.scan.chance import Rarity, by_chance

PLAN = ProtectionPlan(steps=(Drop(column="name"),))
VALUES = st.sampled_from(["", "x", "ab", "cd", "anna b", "bertha", "hanna berthae", "ann"])


@settings(max_examples=100, deadline=None)
@given(records=st.lists(st.tuples(VALUES | st.none(), VALUES | st.none()), min_size=1, max_size=30))
def test_it_is_the_mean_over_all_ways_to_put_records_together(records: list[tuple[str | None, str | None]]) -> None:
    """Over all rotations of one column against the other every cell meets every value as often."""
    texts, values = map(list, zip(*records, strict=True))
    turns = [zip(texts, values[turn:] + values[:turn], strict=True) for turn in range(len(values))]
    mean = sum(_stands(text, value) for turn in turns for text, value in turn) / len(values)
    found = by_chance(pl.Series(texts, dtype=pl.String), pl.Series(values, dtype=pl.String))
    assert found == pytest.approx(mean) if mean <= 0.1 else found > 0.1


def _stands(text: str | None, value: str | None) -> bool:
    if text is None or value is None or len(value) < 2:
        return False
    return text == value if len(value) < 5 else value in text


def people(rows: int, seed: int) -> pl.DataFrame:
    """Names that few have, and notes that name other people here and there."""
    dice = random.Random(seed)
    names = [f"{dice.choice('ABCDEFGH')}{dice.randrange(rows):05d} Ito" for _ in range(rows)]
    notes = [f"seen with {dice.choice(names)}" if dice.random() < 2 / rows else "seen" for _ in range(rows)]
    return pl.DataFrame({"name": names, "code": [name[:6] for name in names], "note": notes})


@pytest.mark.parametrize("seed", range(60))
def test_other_names_in_notes_are_no_copies(seed: int) -> None:
    before = people(random.Random(seed).choice((50, 500, 3000)), seed).drop("code")
    with SecondLook(before.columns, PLAN) as look:
        look(before, before.select("note"))


@pytest.mark.parametrize(("rows", "copies"), [(60, 3), (300, 2), (30_000, 1)])
@pytest.mark.parametrize(("removed", "way"), [("name", "call {}, please"), ("name", "{}"), ("code", "{}")])
def test_few_copies_of_what_is_rare_are_met(rows: int, copies: int, removed: str, way: str) -> None:
    before = people(rows, 7)
    hidden = [n * 17 + 5 for n in range(copies)]
    note = [way.format(before[removed][n]) if n in hidden else "seen" for n in range(rows)]
    before = before.select(pl.col(removed).alias("name"), pl.Series("note", note))
    with SecondLook(before.columns, PLAN) as look, pytest.raises(ExposureError, match=r"`note`.*`name`"):
        look(before, before.select("note"))


def test_what_many_have_is_no_copy_however_often_it_meets() -> None:
    before = pl.DataFrame({"name": ["Ito", "Abe"] * 300, "note": ["Ito", *["-"] * 598, "Abe"]})
    with SecondLook(before.columns, PLAN) as look:
        look(before, before.select("note"))


def test_one_copy_is_worth_less_the_more_batches_had_none() -> None:
    assert Rarity().add(1, 5e-5, batches=1)
    assert not Rarity().add(1, 5e-5, batches=3)
    late = Rarity()
    assert not late.add(1, 5e-5, batches=1000)
    assert not late.add(1, 5e-5, batches=1001)
    assert late.add(1, 5e-5, batches=1002)
    common = Rarity()
    assert not common.add(3, 0.2, batches=1)
    assert common.common
