"""Japanese numbers with check digits."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, luhn_sum, number, weighted

_MY_NUMBER = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CORPORATE = (2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)


def my_number(cells: pl.Series) -> pl.Series:
    """Individual Number, 12 digits: 11 - (weighted sum mod 11), 0 where the remainder is 0 or 1.

    Source: ordinance of the Ministry of Internal Affairs, 2014 no. 85, article 5.
    """
    value = number(cells)
    remainder = weighted(value // 10, _MY_NUMBER) % 11
    return (11 - remainder) * (remainder > 1).cast(pl.Int32) == digit(value, 0)


def corporate_number(cells: pl.Series) -> pl.Series:
    """Corporate Number, 13 digits: the first is 9 - (weighted sum of the other twelve mod 9).

    Source: ordinance of the Ministry of Finance, 2014 no. 70, article 2.
    """
    value = number(cells)
    return 9 - weighted(value, _CORPORATE) % 9 == digit(value, 12)


def invoice_number(cells: pl.Series) -> pl.Series:
    """Registration number of a qualified-invoice issuer: `T` and a number of corporate-number form."""
    return corporate_number(cells.str.slice(1))


def insurer_number(cells: pl.Series) -> pl.Series:
    """Insurer number, 6 or 8 digits: weights 2, 1 from the right, digits of the products added, complement to 10;
    the two places before the municipal part are a prefecture, 01 to 47.

    Source: notice of the Ministry of Health on insurer numbers (hoken 51, 1976), check digit as in ISO/IEC 7812.
    """
    value = number(cells)
    prefecture = value // 10_000 % 100
    return (luhn_sum(value, 8) % 10 == 0) & prefecture.is_between(1, 47)
