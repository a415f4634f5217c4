"""Numbers and codes of health care."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, luhn_sum, number, verhoeff, weighted

_NHS = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)


def nhs(cells: pl.Series) -> pl.Series:
    """NHS number, 10 digits: weights 10 to 2 and the check digit itself, divisible by 11 (NHS data dictionary)."""
    value = number(cells)
    return (weighted(value, _NHS) % 11 == 0) & (value > 0)


def loinc(cells: pl.Series) -> pl.Series:
    """LOINC code without its hyphen: the last digit is a Luhn check digit (LOINC Users' Guide, appendix)."""
    return luhn_sum(number(cells), 8) % 10 == 0


def snomed(cells: pl.Series) -> pl.Series:
    """SNOMED CT identifier: Verhoeff, partition identifier 00, 01, 02, 10, 11 or 12 before it (SNOMED CT RF2, 6)."""
    value = number(cells)
    return verhoeff(cells) & (digit(value, 1) <= 2) & (digit(value, 2) <= 1)
