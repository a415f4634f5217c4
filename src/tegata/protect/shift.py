"""Dates moved by days: one number of days for each subject, under the key.

Source: G. Hripcsak et al., JAMIA 23(6), 2016 (one shift for all dates of a patient, and what a date at the rim tells).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from tegata.protect.aes import derived_key
from tegata.protect.dates import day, plain
from tegata.protect.distinct import per_value
from tegata.protect.keyed import hashed

_LABEL: Final = b"tegata-shift/1\0"  # keys of their own: a pseudonym that leaves tells nothing of the shift
_TIME: Final = r"(?:(?:[01]?\d|2[0-4])(?::[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?|時(?:[0-5]?\d分(?:[0-5]?\d秒)?)?))"
_CLOCK: Final = r"[T 日](?<clock>" + _TIME + r" ?(?:Z|[+-]\d{2}:?\d{2})?)$"
_HAS_CLOCK: Final = "[:時]"


class Shift:
    """Of one kind of subject under one key: from 1 to `days` days, earlier or later, all equally likely.

    A whole day and no other unit, so that times of day and the days of summer time stay what they are.
    """

    def __init__(self, key: bytes, domain: str, subject: Sequence[str], days: int) -> None:
        self._key = derived_key(key, _LABEL)
        self._domain = domain or "\0".join(subject)
        self._subject = list(subject)
        self._days = days

    def column(self, values: pl.Series, records: pl.DataFrame) -> pl.Series:
        """`2024-04-01`, with the time of day as it was written where there is one. Null for what does not tell a day
        for sure (`03/04/2024`), and in records of nobody."""
        told = per_value(values, _told)
        moved = (told["day"].cast(pl.Int32) + self._by(records)).cast(pl.Date)
        return (moved.dt.to_string("%Y-%m-%d") + told["clock"]).alias(values.name)

    def _by(self, records: pl.DataFrame) -> pl.Series:
        """Days, never 0; null where the record is nobody's."""
        numbers = hashed(self._key, self._domain, _subjects(records.select(self._subject)))
        days = (numbers % (2 * self._days)).cast(pl.Int32) - self._days
        return days + (days >= 0).cast(pl.Int32)


def _subjects(cells: pl.DataFrame) -> pl.Series:
    """One text per record; null where no cell is filled."""
    if cells.width == 1:
        return cells.to_series()
    known = pl.any_horizontal(pl.all().is_not_null())
    return cells.select(pl.when(known).then(pl.struct(pl.all()).struct.json_encode())).to_series()


def _told(values: pl.Series) -> pl.DataFrame:
    """`day` and `clock` of each value, null for what is no date."""
    bare = plain(values)
    return bare.to_frame("").select(_clock(pl.col("")).alias("clock"), day(bare).alias("day"))


def _clock(bare: pl.Expr) -> pl.Expr:
    """With what stands before it; empty where there is no time of day, null where it is followed by something else."""
    found = bare.str.extract_groups(_CLOCK).struct.field("clock")
    before = pl.when(bare.str.contains("T", literal=True)).then(pl.lit("T")).otherwise(pl.lit(" "))
    return pl.when(bare.str.contains(_HAS_CLOCK)).then(before + found).otherwise(pl.lit(""))
