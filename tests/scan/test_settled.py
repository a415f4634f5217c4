"""What the shape of a column tells of its cells need not be looked for again: when that is so."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.scan.load import builtin_recognisers
from tegata.scan.matcher import whole
from tegata.scan.normalise import normalise
from tegata.scan.settled import is_settled
from tests.scan.making import look, my_number, table

SETTLED = [r for r in builtin_recognisers().recognisers if is_settled(r.patterns)]
PATTERNS = sorted({pattern for r in SETTLED for pattern in r.patterns})
AROUND = ["", " ", "\t", "\u3000", "\u200b", "\u00a0", "\uff11", "\n"]


@settings(max_examples=40)
@given(st.sampled_from(PATTERNS).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True)))
def test_what_a_settled_pattern_matches_is_in_normal_form(text: str) -> None:
    cells = pl.DataFrame({"c": [text]})
    assert text.isascii()
    assert normalise(cells).equals(cells)


def test_settled_patterns_of_the_program_match_nothing_that_normalisation_changes() -> None:
    assert len(SETTLED) > 60
    for recogniser in SETTLED:
        texts = [a + e + b for e in recogniser.examples for a in AROUND for b in AROUND]
        cells = pl.Series("c", texts, dtype=pl.String)
        shaped = cells.filter(cells.str.contains(whole(recogniser.patterns))).to_frame()
        assert normalise(shaped).equals(shaped), recogniser.id


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9]*", r".+", r"\d+", r"\w+", r"\S+", r"[^ ]+", r"[0-9 ]+", r" ?[0-9]", r"[0-9] ?", r"a? b", r"a b{0,2}",
        r"[0-9]|",
        r"(?: a)", r"(?i)k", r"(?i:k)", r"\p{L}", r"\x20a", r"a  b", r"[é]", r"é", r"[a&&b]", r"^ a", r"\ba\b", r"a\n",
        "a\n", r"[\s]", r"a*| b", r"\ a", r"\<a\>",
    ],
)  # fmt: skip
def test_other_patterns_are_not_settled(pattern: str) -> None:
    assert not is_settled((pattern,))
    assert not is_settled(("[0-9]{3}", pattern))


def test_recognisers_without_patterns_settle_nothing() -> None:
    assert not is_settled(())


@pytest.mark.parametrize("around", ["{} ", " {}", "\u200b{}", "\ufeff{}"])
def test_one_cell_that_is_written_otherwise_is_read_all_the_same(around: str) -> None:
    values = [my_number(n) for n in range(60)]
    values[41] = around.format(values[41])
    values.append(values[41])
    found = look(table({"個人番号": values, "氏名": ["佐藤 太郎"] * 61}))
    assert found.columns[0].matched == 61
    assert {count.n for count in found.counted.subjects} == {60}
