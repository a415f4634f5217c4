"""Which records may leave, by what they were before any step. What a cell does not tell for sure speaks against it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import polars as pl

from tegata.model.plan import FilterReport
from tegata.model.rows import Among, DateRange, Empty, KeepRows, NumberRange, Predicate, RowFilter
from tegata.protect.dates import day, plain
from tegata.protect.distinct import per_value
from tegata.protect.filters import filter_words
from tegata.protect.number import number


class Rows:
    """Record filters of one table, one after the other, and how many records each has held back."""

    def __init__(self, filters: Sequence[RowFilter]) -> None:
        self._filters = filters
        self._withheld = [0] * len(filters)

    def admit(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The records that all filters let through."""
        for place, one in enumerate(self._filters):
            passed = frame.filter(passes(one, frame[one.column]))
            self._withheld[place] += frame.height - passed.height
            frame = passed
        return frame

    def report(self) -> tuple[FilterReport, ...]:
        counted = zip(self._filters, self._withheld, strict=True)
        return tuple(_report(one, withheld) for one, withheld in counted)


def _report(one: RowFilter, withheld: int) -> FilterReport:
    op = str(one.__struct_config__.tag)  # the word that plans use for it
    return FilterReport(column=one.column, op=op, withheld=withheld, guarantee=filter_words(one))


def passes(one: RowFilter, values: pl.Series) -> pl.Series:
    """Whether each record may leave; never null."""
    told = per_value(values, lambda distinct: holds(one.where, distinct))
    return (told if isinstance(one, KeepRows) else ~told).fill_null(value=False)


def holds(predicate: Predicate, values: pl.Series) -> pl.Series:
    """True, false, or null where a value does not tell."""
    match predicate:
        case Among(values=wanted):
            return plain(values).is_in(plain(pl.Series(wanted, dtype=pl.String)).implode()).fill_null(value=False)
        case Empty():
            return plain(values).fill_null("") == ""
        case NumberRange(low=low, high=high):
            found = number(pl.col(""))
            within = found.is_between(-math.inf if low is None else low, math.inf if high is None else high)
            return values.to_frame("").select(pl.when(found.is_finite()).then(within)).to_series()
        case DateRange(low=low, high=high):
            return day(plain(values)).is_between(low or dt.date.min, high or dt.date.max)
