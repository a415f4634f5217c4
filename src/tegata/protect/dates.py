"""Dates as they stand in tables: ISO 8601, slashed, Japanese, in Japanese eras, year first or last, months by name.

Eras count from 1 (元 is 1): 明治 1868, 大正 1912, 昭和 1926, 平成 1989, 令和 2019. Full-width digits and combined era
signs (㍻) are brought to plain form by NFKC first.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import polars as pl

Unit = Literal["year", "year_month", "decade"]
_PARTS: Final = ("year", "month", "day")

# First letter or kanji: (year before the first of the era, its last year)
_ERAS: Final = {
    "明": (1867, 45), "M": (1867, 45),
    "大": (1911, 15), "T": (1911, 15),
    "昭": (1925, 64), "S": (1925, 64),
    "平": (1988, 31), "H": (1988, 31),
    "令": (2018, 99), "R": (2018, 99),
}  # fmt: skip
_CLOCK: Final = r"(?:[T ]?\d{1,2}[:時].*)?"
_WESTERN: Final = (
    r"^(?<year>[12]\d{3})(?:[-/.年](?<month>\d{1,2})(?:[-/.月](?<day>\d{1,2})日?|月)?|年度?)?" + _CLOCK + "$"
)
_COMPACT: Final = r"^(?<year>[12]\d{3})(?<month>\d{2})(?<day>\d{2})$"
_ERA: Final = (
    r"^(?<era>[明大昭平令MTSHRmtshr])[治正和成]?[. ]?(?<year>\d{1,2}|元)"
    r"(?:[年./-](?<month>\d{1,2})(?:[月./-](?<day>\d{1,2})日?|月)?|年度?)" + _CLOCK + "$"
)
_NAMED: Final = (
    r"(?i)^(?<day>\d{1,2})[- ](?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- ,]+(?<year>[12]\d{3})"
    + _CLOCK
    + "$"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_LAST: Final = r"^(?<first>\d{1,2})[-/.](?<second>\d{1,2})[-/.](?<year>[12]\d{3})" + _CLOCK + "$"


def coarser(text: pl.Expr, unit: Unit) -> pl.Expr:
    """`2024`, `2024-04` or `2020s`; null for text that is not a date, or does not tell the unit for sure.

    The month of `03/04/2024` is not sure, as both orders are in use; its year is.
    """
    return text.map_batches(partial(_coarser, unit=unit), return_dtype=pl.String)


def _coarser(values: pl.Series, unit: Unit) -> pl.Series:
    year, month = pl.col("year"), pl.col("month").cast(pl.String).str.zfill(2)
    told = {
        "year": year.cast(pl.String),
        "year_month": year.cast(pl.String) + "-" + month,
        "decade": (year // 10 * 10).cast(pl.String) + "s",
    }
    return read(plain(values)).select(told[unit]).to_series().alias(values.name)


def plain(values: pl.Series) -> pl.Series:
    return values.str.normalize("NFKC").str.strip_chars()


def read(values: pl.Series) -> pl.DataFrame:
    """`year`, `month` and `day` of each value in plain form, as numbers; null where it does not tell them for sure."""
    readings = [
        *(_sound(_numbers(_groups(values, pattern))) for pattern in (_WESTERN, _COMPACT)),
        _in_era(_groups(values, _ERA)),
        _year_last(_numbers(_groups(values, _YEAR_LAST))),
        _named(_groups(values, _NAMED)),
    ]
    return pl.select(pl.coalesce([reading[part] for reading in readings]).alias(part) for part in _PARTS)


def day(values: pl.Series) -> pl.Series:
    """Of values in plain form; null where they do not tell one for sure."""
    written = pl.format("{}-{}-{}", *_PARTS).str.to_date("%Y-%m-%d", strict=False)
    return read(values).select(written).to_series()


def _groups(values: pl.Series, pattern: str) -> pl.DataFrame:
    return values.str.extract_groups(pattern).struct.unnest()


def _numbers(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.select(pl.all().cast(pl.Int32, strict=False))


def _in_era(groups: pl.DataFrame) -> pl.DataFrame:
    era = pl.col("era").str.to_uppercase()
    first, last = ({name: limits[place] for name, limits in _ERAS.items()} for place in (0, 1))
    limits = groups.select(
        before=era.replace_strict(first, default=None, return_dtype=pl.Int32),
        last=era.replace_strict(last, default=None, return_dtype=pl.Int32),
    )
    counted = _numbers(groups.with_columns(pl.col("year").replace("元", "1"))).with_columns(limits)
    count = pl.when(pl.col("year").is_between(1, pl.col("last"))).then(pl.col("year"))
    return _sound(counted.with_columns(year=pl.col("before") + count))


def _year_last(numbers: pl.DataFrame) -> pl.DataFrame:
    first, second = pl.col("first"), pl.col("second")
    month = pl.when(first == second).then(first).when(first > 12).then(second).when(second > 12).then(first)
    sound = _possible(first, second) | _possible(second, first)
    parts = numbers.with_columns(month=month).with_columns(day=first + second - pl.col("month"))
    return parts.select(pl.when(sound).then(pl.col(_PARTS)))


def _named(groups: pl.DataFrame) -> pl.DataFrame:
    """The pattern takes names of months only, by their first letters."""
    numbers = {name: str(number) for number, name in enumerate(_MONTHS, 1)}
    return _sound(_numbers(groups.with_columns(pl.col("month").str.to_lowercase().replace(numbers))))


def _sound(parts: pl.DataFrame) -> pl.DataFrame:
    """Nothing of it, where it cannot be."""
    sound = pl.col("year").is_not_null() & _possible(pl.col("month"), pl.col("day"))
    return parts.select(pl.when(sound).then(pl.col(_PARTS)))


def _possible(month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return month.is_between(1, 12).fill_null(True) & day.is_between(1, 31).fill_null(True)
