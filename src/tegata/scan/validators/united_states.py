"""United States numbers: structure of SSN and ITIN, check digits of NPI and DEA."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, luhn_sum, number

# Numbers that were printed in advertisements and sample cards and never belonged to anyone (SSA history pages).
_NEVER_ISSUED = (78051120, 457555462, 219099999)
# 8, 0 (twice), 4 of the prefix 80840 contribute a constant to the Luhn sum (45 CFR 162.406, CMS check digit note).
_NPI_PREFIX_SUM = 24


def ssn(cells: pl.Series) -> pl.Series:
    """Social Security number: area not 000, 666 or 9xx, group not 00, serial not 0000 (SSA POMS RM 10201.035)."""
    value = number(cells)
    area, group, serial = value // 1_000_000, value // 10_000 % 100, value % 10_000
    known = (value == _NEVER_ISSUED[0]) | (value == _NEVER_ISSUED[1]) | (value == _NEVER_ISSUED[2])
    return (area > 0) & (area != 666) & (area < 900) & (group > 0) & (serial > 0) & ~known


def itin(cells: pl.Series) -> pl.Series:
    """Individual Taxpayer Identification Number: 9xx and a fourth-fifth group in the ranges of IRS Pub. 1915."""
    value = number(cells)
    group = value // 10_000 % 100
    ranges = group.is_between(50, 65) | group.is_between(70, 88) | group.is_between(90, 92) | (group >= 94)
    return (value // 100_000_000 == 9) & ranges


def npi(cells: pl.Series) -> pl.Series:
    """National Provider Identifier: starts with 1 or 2, Luhn over 80840 and the number (45 CFR 162.406)."""
    value = number(cells)
    return ((luhn_sum(value, 10) + _NPI_PREFIX_SUM) % 10 == 0) & (value // 10**9).is_between(1, 2)


def dea(cells: pl.Series) -> pl.Series:
    """DEA registration: (d1 + d3 + d5) + 2 (d2 + d4 + d6) ends in d7 (21 CFR 1301, DEA diversion manual)."""
    value = number(cells.str.slice(2))
    d = [digit(value, place) for place in range(6, -1, -1)]
    return (d[0] + d[2] + d[4] + (d[1] + d[3] + d[5]) * 2) % 10 == d[6]
