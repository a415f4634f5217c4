"""Cells are folded as bytes of one text; it must be what the engine makes of each cell by itself."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan.copies import _CASED, Copies, folded, whole_records

cells = st.text(alphabet="aBz09 \t\r\n-./_()+\0,ÄßΣσİ漢Ａ😀", max_size=12) | st.none()


@settings(deadline=None, max_examples=300)
@given(first=st.lists(cells, max_size=12), ascii_only=st.booleans())
def test_folding_is_lower_case_without_separators(first: list[str | None], ascii_only: bool) -> None:
    values = [v if v is None or not ascii_only else v.encode("ascii", "ignore").decode() for v in first]
    column = pl.Series("a", values, dtype=pl.String)
    got = folded(pl.DataFrame([column, column.alias("b")]))
    kept = column.str.to_lowercase().str.replace_all(r"[ \t\r\n\-./_()+\x00]", "")
    # A sign of nothing is left out only where it would part the cells.
    want = kept.to_list()
    assert [v if v is None else v.replace("\0", "") for v in got["a"].to_list()] == want
    assert got["a"].to_list() == got["b"].to_list()
    assert got.columns == ["a", "b"]


def test_small_letters_may_be_longer_than_what_they_stand_for() -> None:
    """Which columns have room for a value is told before they are folded."""
    value = "\u2c65" * 8  # three bytes each; its capital takes two
    removed = folded(pl.DataFrame({"name": [f"{value}{n:04}" for n in range(40)]}))
    copy = pl.DataFrame({"ward": [f"{value.upper()}{n:04}" for n in range(40)], "sex": ["f"] * 40})
    assert len(copy["ward"][0].encode()) < len(removed["name"][0].encode())
    assert list(Copies().found(copy, removed, whole_records(copy))) == [("ward", "name")]


def test_every_letter_with_a_small_form_begins_with_a_byte_that_asks_for_it() -> None:
    cased = {chr(code) for code in range(0x80, 0x110000) if chr(code).lower() != chr(code)}
    assert {letter.encode()[0] for letter in cased} <= set(_CASED)
    assert not set("漢字かなカナ".encode()[::3]) & set(_CASED)
