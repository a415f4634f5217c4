"""Dates as they stand in tables, made coarser: ISO 8601, slashed, Japanese, in Japanese eras, year first or last.

Eras count from 1 (元 is 1): 明治 1868, 大正 1912, 昭和 1926, 平成 1989, 令和 2019. Full-width digits and combined era
signs (㍻) are brought to plain form by NFKC first.
"""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

Unit = Literal["year", "year_month", "decade"]

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
_YEAR_LAST: Final = r"^(?<first>\d{1,2})[-/.](?<second>\d{1,2})[-/.](?<year>[12]\d{3})" + _CLOCK + "$"


def coarser(text: pl.Expr, unit: Unit) -> pl.Expr:
    """`2024`, `2024-04` or `2020s`; null for text that is not a date, or does not tell the unit for sure.

    The month of `03/04/2024` is not sure, as both orders are in use; its year is.
    """
    year, month = _year_and_month(text.str.normalize("NFKC").str.strip_chars())
    if unit == "year":
        return year.cast(pl.String)
    if unit == "decade":
        return (year // 10 * 10).cast(pl.String) + "s"
    return year.cast(pl.String) + "-" + month.cast(pl.String).str.zfill(2)


def _year_and_month(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    readings = [
        *(_plain(text.str.extract_groups(pattern)) for pattern in (_WESTERN, _COMPACT)),
        _in_era(text.str.extract_groups(_ERA)),
        _year_last(text.str.extract_groups(_YEAR_LAST)),
    ]
    return pl.coalesce([year for year, _ in readings]), pl.coalesce([month for _, month in readings])


def _plain(groups: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    month, day = _number(groups, "month"), _number(groups, "day")
    return pl.when(_possible(month, day)).then(_number(groups, "year")), pl.when(_possible(month, day)).then(month)


def _in_era(groups: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    era = groups.struct.field("era").str.to_uppercase()
    before = era.replace_strict(
        {name: first for name, (first, _) in _ERAS.items()}, default=None, return_dtype=pl.Int32
    )
    last = era.replace_strict({name: last for name, (_, last) in _ERAS.items()}, default=None, return_dtype=pl.Int32)
    count = groups.struct.field("year").replace("元", "1").cast(pl.Int32, strict=False)
    month, day = _number(groups, "month"), _number(groups, "day")
    sound = count.is_between(1, last) & _possible(month, day)
    return pl.when(sound).then(before + count), pl.when(sound).then(month)


def _year_last(groups: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    first, second = _number(groups, "first"), _number(groups, "second")
    month = pl.when(first == second).then(first).when(first > 12).then(second).when(second > 12).then(first)
    sound = _possible(first, second) | _possible(second, first)
    return pl.when(sound).then(_number(groups, "year")), pl.when(sound).then(month)


def _number(groups: pl.Expr, name: str) -> pl.Expr:
    return groups.struct.field(name).cast(pl.Int32, strict=False)


def _possible(month: pl.Expr, day: pl.Expr) -> pl.Expr:
    return month.is_between(1, 12).fill_null(True) & day.is_between(1, 31).fill_null(True)
