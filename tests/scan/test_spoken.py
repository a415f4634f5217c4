"""What cells say is the same in every batch, whether or not they were met before."""

from __future__ import annotations

import base64

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan import spoken as module
from tegata.scan.spoken import Disguises, Spoken, spoken

SAID = ["person.1@example.org", "佐藤 花子 2", "4242424242424242"]
CELLS = [
    *(base64.b64encode(text.encode()).decode() for text in SAID),
    *(text.encode().hex() for text in SAID),
    *("4620-0001", "1304-0011", "note", "", "admitted on Monday", "0x31323334353637383930"),
]


def told(cells: pl.Series, disguises: Disguises | None = None) -> set[tuple[str, str]]:
    distinct = cells.unique().drop_nulls()
    found = spoken(distinct) if disguises is None else disguises.of(cells)
    return {pair for one in found for pair in zip(one.cells, one.said, strict=True)}


@settings(deadline=None, max_examples=60)
@given(
    batches=st.lists(st.lists(st.sampled_from(CELLS) | st.none(), max_size=40), min_size=2, max_size=4),
    few=st.sampled_from([0, 3, 2000]),
)
def test_every_batch_is_told_as_if_it_were_the_first(batches: list[list[str | None]], few: int) -> None:
    disguises = Disguises()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        for batch in batches:
            column = pl.Series("x", batch, dtype=pl.String)
            assert told(column, disguises) == told(column)


def test_what_says_nothing_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def nothing(distinct: pl.Series) -> list[Spoken]:
        asked.append(sorted(distinct))
        return []

    monkeypatch.setattr(module, "spoken", nothing)
    disguises = Disguises()
    for cells in (["4620-0001", "1304-0011"], ["1304-0011", "2222-0001"]):
        assert told(pl.Series("zip", cells * 600), disguises) == set()
    assert asked == [["1304-0011", "4620-0001"], ["2222-0001"]]
