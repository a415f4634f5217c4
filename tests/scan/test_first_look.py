"""What the first rows show is told before the rest is read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tegata.scan import FirstLook, builtin_recognisers, scan_batches
from tests.scan.making import card, table

FRAME = table({"card": [card(n) for n in range(300)], "day": [str(n) for n in range(300)]})


def told(*parts: pl.DataFrame) -> tuple[list[FirstLook], int]:
    """What was told, and how many batches had been read then."""
    looks: list[tuple[FirstLook, int]] = []
    read = 0

    def batches() -> Iterator[pl.DataFrame]:
        nonlocal read
        for part in parts:
            read += 1
            yield part

    scan_batches(FRAME.columns, batches, builtin_recognisers(), first_look=lambda look: looks.append((look, read)))
    return [look for look, _ in looks], looks[0][1] if looks else 0


def test_told_before_the_rest_is_read() -> None:
    (look,), read = told(*FRAME.iter_slices(100))
    assert look == FirstLook(100, {"card": "financial", "day": "ordinary"})
    assert read == 2


def test_a_table_of_one_batch_needs_no_first_look() -> None:
    assert told(FRAME) == ([], 0)
