"""Cells are folded as bytes of one text; it must be what the engine makes of each cell by itself."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan.copies import Copies
from tegata.scan.folding import _CASED, EDGE, Records, Values, folded
from tegata.scan.normalise import normalise

cells = st.text(alphabet="aBz09 \t\r\n-./_()+\0\1\v,ÄßΣσİ漢Ａ😀", max_size=12) | st.none()


@settings(deadline=None, max_examples=300)
@given(first=st.lists(cells, max_size=12), ascii_only=st.booleans())
def test_folding_is_lower_case_without_separators(first: list[str | None], ascii_only: bool) -> None:
    """Of what a scan takes for the same: full-width forms too."""
    values = [v if v is None or not ascii_only else v.encode("ascii", "ignore").decode() for v in first]
    column = pl.Series("a", values, dtype=pl.String)
    got = folded(pl.DataFrame([column, column.alias("b")]))
    alike = normalise(column.str.replace_all("[\0\1]", "").to_frame()).to_series().str.to_lowercase()
    want = alike.str.replace_all(r"[ \t\r\n\v\f\-./_()+]", "").fill_null("")
    assert got["a"].fill_null("").to_list() == want.to_list()
    assert got["a"].to_list() == got["b"].to_list()
    assert got.columns == ["a", "b"]


@settings(deadline=None, max_examples=300)
@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8))
def test_records_are_their_folded_cells(rows: list[tuple[str | None, ...]]) -> None:
    """Each between two edges, whatever marks somebody put into cells."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    records, want = Records(normalise(frame)), folded(frame).fill_null("").rows()
    assert [text.split(EDGE) for text in records.column] == [["", *row, ""] for row in want]
    assert records.longest_cell >= max((len(cell.encode()) for row in want for cell in row), default=0)
    assert records.longest >= max((len("".join(row).encode()) for row in want), default=0)


@settings(deadline=None, max_examples=300)
@given(
    texts=st.lists(cells, min_size=1, max_size=6),
    values=st.lists(cells, min_size=1, max_size=6),
    least=st.integers(1, 9),
    whole=st.booleans(),
)
def test_what_is_not_looked_for_stands_nowhere(
    texts: list[str | None], values: list[str | None], least: int, whole: bool
) -> None:
    """Whichever value in whichever text, in one cell or over all of a record."""
    cells = pl.DataFrame({"t": texts, "u": texts[::-1]}, schema={"t": pl.String, "u": pl.String})
    looked_for = pl.DataFrame({"v": values}, schema={"v": pl.String})
    records = Records(normalise(cells))
    rows = folded(cells).fill_null("").rows()
    held = [text for row in rows for text in (["".join(row)] if whole else row)]
    wanted = [v for v in folded(looked_for)["v"] if v is not None and len(v.encode()) >= least]
    if any(v in text for v in wanted for text in held):
        room = records.longest if whole else records.longest_cell
        assert Values(looked_for).may_stand(records, room, least) == ["v"]


def test_small_letters_may_be_longer_than_what_they_stand_for() -> None:
    """Which columns have room for a value is told before they are folded."""
    value = "\u2c65" * 8  # three bytes each; its capital takes two
    removed = Values(pl.DataFrame({"name": [f"{value}{n:04}" for n in range(40)]}))
    copy = pl.DataFrame({"ward": [f"{value.upper()}{n:04}" for n in range(40)], "sex": ["f"] * 40})
    assert len(copy["ward"][0].encode()) < len(value.encode())
    assert list(Copies().found(removed, Records(normalise(copy)))) == [("ward", "name")]


def test_what_is_written_in_other_signs_is_met() -> None:
    """A sign of three bytes becomes up to twelve and more, capitals beyond ASCII among them."""
    values = [f"Ω株式会社{n}" for n in range(9)]
    copy = pl.DataFrame({"ward": [f"{value.replace('株式会社', '㍿')}" for value in values]})
    assert list(Copies().found(Values(pl.DataFrame({"firm": values})), Records(normalise(copy)))) == [("ward", "firm")]
    ohm = pl.DataFrame({"part": [f"㏀{n}" for n in range(9)]})
    assert list(Copies().found(Values(pl.DataFrame({"p": [f"kω{n}" for n in range(9)]})), Records(normalise(ohm))))


def test_every_letter_with_a_small_form_begins_with_a_byte_that_asks_for_it() -> None:
    cased = {chr(code) for code in range(0x80, 0x110000) if chr(code).lower() != chr(code)}
    assert {letter.encode()[0] for letter in cased} <= set(_CASED)
    assert not set("漢字かなカナ".encode()[::3]) & set(_CASED)
