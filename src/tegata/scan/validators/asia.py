"""National numbers of China, Korea, India and Singapore."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, number, verhoeff, weighted

_CHINA = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHINA_CHECK = list("10X98765432")
_KOREA = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_SINGAPORE = (2, 7, 6, 5, 4, 3, 2)


def cn_resident_id(cells: pl.Series) -> pl.Series:
    """Resident identity number, 18 places: ISO 7064 mod 11-2 over region, birth date and order code (GB 11643-1999)."""
    remainder = weighted(number(cells.str.slice(0, 17)), _CHINA) % 11
    expected = pl.Series(_CHINA_CHECK).gather(remainder)
    return (expected == cells.str.slice(17)) & _real_date(cells.str.slice(6, 8))


def kr_rrn(cells: pl.Series) -> pl.Series:
    """Resident registration number, 13 digits: birth date, then (11 - weighted sum mod 11) mod 10.

    Numbers given since October 2020 need not satisfy the sum (amended enforcement rule of the Resident Registration
    Act): a column of them is carried by shape and header.
    """
    value = number(cells)
    month, day = value // 10**9 % 100, value // 10**7 % 100
    check = (11 - weighted(value // 10, _KOREA) % 11) % 10
    place = value // 10**4 % 100  # of registration; 97 and above were not given
    return (check == digit(value, 0)) & month.is_between(1, 12) & day.is_between(1, 31) & (place <= 96)


def aadhaar(cells: pl.Series) -> pl.Series:
    """Aadhaar, 12 digits: first digit 2 to 9, Verhoeff, no palindrome (UIDAI numbering scheme)."""
    return verhoeff(cells, 12) & (digit(number(cells), 11) > 1) & (cells != cells.str.reverse())


def sg_nric(cells: pl.Series) -> pl.Series:
    """NRIC and FIN: letter of the series, 7 digits, check letter by weights 2, 7, 6, 5, 4, 3, 2 mod 11."""
    series = cells.str.slice(0, 1)
    offset = series.replace_strict({"T": 4, "G": 4, "M": 3}, default=0, return_dtype=pl.Int32)
    remainder = (weighted(number(cells.str.slice(1, 7)), _SINGAPORE) + offset) % 11
    citizen = pl.Series(list("JZIHGFEDCBA")).gather(remainder)
    foreigner = pl.Series(list("XWUTRQPNMLK")).gather(remainder)
    later = pl.Series(list("XWUTRQPNJLK")).gather(remainder)
    check = cells.str.slice(8)
    born = (series == "S") | (series == "T")
    return (
        (born & (check == citizen))
        | ((series == "M") & (check == later))
        | (((series == "F") | (series == "G")) & (check == foreigner))
    )


def _real_date(cells: pl.Series) -> pl.Series:
    return cells.str.to_date("%Y%m%d", strict=False).is_not_null()
