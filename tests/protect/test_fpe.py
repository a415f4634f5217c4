"""Encryption in the form of the value: what stays, what changes, what is refused."""

from __future__ import annotations

import string
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.model.step import EncryptFpe
from tegata.protect.fpe import ALPHABETS, FormatPreserving
from tests.protect.tables import KEY, protect

SEPARATORS = " -./:()_'\"#"


@st.composite
def value(draw: st.DrawFn, alphabet: str) -> str:
    """At least six characters of the alphabet, with separators strewn in."""
    letters = draw(st.text(alphabet, min_size=6, max_size=24))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(letters)))
        letters = letters[:place] + draw(st.sampled_from(SEPARATORS)) + letters[place:]
    return letters


def characters(text: str, name: str) -> str:
    return "".join(letter for letter in text if letter in ALPHABETS[name])


@settings(deadline=None, max_examples=80)
@given(data=st.data(), name=st.sampled_from(sorted(ALPHABETS)), domain=st.text(max_size=20))
def test_form_stays_and_the_key_holder_gets_the_values_back(data: st.DataObject, name: str, domain: str) -> None:
    values = data.draw(st.lists(value(ALPHABETS[name]) | st.none(), max_size=12))
    series = pl.Series("c", values, dtype=pl.String)
    fpe = FormatPreserving(KEY, domain, name)
    made = fpe.column(series)
    assert made.name == "c"
    for before, after in zip(values, made.to_list(), strict=True):
        if before is None:
            assert after is None
            continue
        assert len(before) == len(after)
        assert [(i, c) for i, c in enumerate(before) if c in SEPARATORS] == [
            (i, c) for i, c in enumerate(after) if c in SEPARATORS
        ]
        assert set(after) <= set(SEPARATORS + ALPHABETS[name])
    assert fpe.restored(made).to_list() == values
    plain = [characters(before, name) for before in values if before is not None]
    cipher = [characters(after, name) for after in made.drop_nulls()]
    pairs = set(zip(plain, cipher, strict=True))
    assert len(set(plain)) == len(set(cipher)) == len(pairs), "equal values, and only they, have equal ciphertexts"


def test_separators_and_full_width_forms_make_no_difference() -> None:
    values = ["4111-1111-1111-1111", "4111111111111111", "４１１１ １１１１ １１１１ １１１１", "4111−1111−1111−1111"]
    made = FormatPreserving(KEY, "card", "digits").column(pl.Series("c", values)).to_list()
    assert len({characters(text, "digits") for text in made}) == 1
    assert [text[4] for text in made] == ["-", made[1][4], " ", "-"]


@pytest.mark.parametrize(
    "text", ["AB1234567", "123456７Ａ", "山田1234567", "1234567\n", "1234567é", "", "-", "N/A", "\0"]
)
def test_a_value_with_other_characters_does_not_leave_in_part(text: str) -> None:
    series = pl.Series("c", ["1234567", text, None, "7654321"])
    made = FormatPreserving(KEY, "", "digits").column(series).to_list()
    assert made[1:3] == [None, None]
    assert None not in (made[0], made[3])


def test_kinds_and_keys_and_alphabets_tell_nothing_of_each_other() -> None:
    series = pl.Series("c", [f"{n:08d}" for n in range(500)])
    columns = [
        FormatPreserving(key, domain, name).column(series).to_list()
        for key in (KEY, bytes(32))
        for domain in ("card", "account")
        for name in ("digits", "upper")
    ]
    for place, one in enumerate(columns):
        for other in columns[:place]:
            assert sum(a == b for a, b in zip(one, other, strict=True)) == 0


@pytest.mark.parametrize(
    ("alphabet", "text"), [("digits", "12345"), ("digits", "1-2"), ("upper", "AB1"), ("alphanumeric", "aB1")]
)
def test_short_values_are_refused_and_nothing_is_written(tmp_path: Path, alphabet: str, text: str) -> None:
    step = EncryptFpe(column="code", alphabet=alphabet)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"1 values of `code` are too short.*pseudonymise") as caught:
        protect(tmp_path, {"code": ["12345678", text]}, step)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]
    assert caught.value.parts("ja") != caught.value.parts("en")


def test_in_a_plan(tmp_path: Path) -> None:
    columns = {"card": ["4111-1111-1111-1111", "4242-4242-4242-4242", None, "unknown"], "other": ["1234567"] * 4}
    steps = (EncryptFpe(column="card", domain="card"), EncryptFpe(column="other", domain="card"))
    cells, release = protect(tmp_path, columns, *steps)
    made = FormatPreserving(KEY, "card", "digits").column(pl.Series("card", columns["card"], dtype=pl.String))
    assert cells["card"] == [text or "" for text in made.to_list()]
    assert not set("".join(columns["card"][:2])) - set(string.digits + "-")
    assert "`card`: 1 values could not be read and were left out" in [note.en for note in release.report.notes]
    with pytest.raises(InputError, match="15 bytes"):
        protect(tmp_path, columns, *steps, key=bytes(15))
