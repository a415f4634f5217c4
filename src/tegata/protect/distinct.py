"""Work on each distinct value once, where it costs more than a look-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import polars as pl

Made = TypeVar("Made", pl.Series, pl.DataFrame)


def per_value(values: pl.Series, work: Callable[[pl.Series], Made]) -> Made:
    """What `work` makes of the distinct values, for each of all."""
    distinct = values.unique()
    places = values.replace_strict(distinct, pl.int_range(distinct.len(), eager=True), return_dtype=pl.UInt32)
    return work(distinct)[places.cast(pl.UInt32)]  # of no values the engine makes text
