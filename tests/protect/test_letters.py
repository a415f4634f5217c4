"""Columns of text and arrays of bytes: what goes one way comes back the other."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.protect.letters import hexadecimal, joined, written


@given(st.integers(0, 40), st.sampled_from([2, 4, 16, 18]), st.integers(0, 2**32 - 1))
def test_digits_are_those_of_the_bytes(count: int, width: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 256, (count, width), dtype=np.uint8)
    assert written(hexadecimal(rows), "p-").to_list() == [f"p-{row.tobytes().hex()}" for row in rows]


def test_every_pair_of_bytes_has_its_digits() -> None:
    """And so has a view that is not contiguous."""
    every = np.arange(1 << 16, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
    assert hexadecimal(every).tobytes().decode() == every.tobytes().hex()
    assert hexadecimal(every[::-3]).tobytes().decode() == every[::-3].tobytes().hex()


@given(st.lists(st.text(min_size=1, max_size=1), max_size=30))
def test_text_is_written_as_it_was_joined(letters: list[str]) -> None:
    """Of texts with the same number of bytes."""
    texts = [letter for letter in letters if len(letter.encode()) == 3]
    rows = np.frombuffer(joined(pl.Series(texts, dtype=pl.String)), np.uint8).reshape(-1, 3)
    assert written(rows).to_list() == texts
    assert written(rows, "x").to_list() == [f"x{text}" for text in texts]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        written(np.full((2, 2), 0xFF, np.uint8))
