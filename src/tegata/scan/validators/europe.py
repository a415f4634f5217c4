"""National numbers of some European states."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, iso7064_mod_11_10, luhn_sum, number, weighted

_DNI = list("TRWAGMYFPDXBNJZSQVHLCKE")
_HETU = list("0123456789ABCDEFHJKLMNPRSTUVWXY")
# Codice fiscale: value of a character at an odd place (decree of 23 December 1976, table A); even places count plainly.
_CF_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
_CF_EVEN = {c: i for i, c in enumerate("0123456789")} | {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def de_tax_id(cells: pl.Series) -> pl.Series:
    """Steuer-IdNr, 11 digits: ISO 7064 mod 11,10, and no digit more than three times in the first ten (s. 139b AO)."""
    value = number(cells)
    started = digit(value, 10) > 0
    return iso7064_mod_11_10(value, 11) & started & _repeats_as_issued(cells.str.slice(0, 10))


def _repeats_as_issued(ten: pl.Series) -> pl.Series:
    """One digit stands twice or three times among the first ten, and every other digit at most once."""
    most = pl.zeros(len(ten), dtype=pl.UInt32, eager=True)
    repeated = pl.zeros(len(ten), dtype=pl.UInt32, eager=True)
    for figure in "0123456789":
        count = ten.str.count_matches(figure)
        most = most.zip_with(most > count, count)
        repeated = repeated + (count > 1).cast(pl.UInt32)
    return most.is_between(2, 3) & (repeated == 1)


def fr_nir(cells: pl.Series) -> pl.Series:
    """NIR, 15 places: key 97 - (number mod 97), Corsica 2A as 19 and 2B as 18 (decree 82-103)."""
    body = cells.str.slice(0, 13).str.replace_many(["2A", "2B"], ["19", "18"])
    return 97 - (number(body) % 97).cast(pl.Int32) == number(cells.str.slice(13)).cast(pl.Int32)


def it_codice_fiscale(cells: pl.Series) -> pl.Series:
    """Codice fiscale of a person, 16 places: check letter by the sums of odd and even places mod 26."""
    total = pl.zeros(len(cells), dtype=pl.Int32, eager=True)
    for place in range(15):
        table = _CF_ODD if place % 2 == 0 else _CF_EVEN
        total = total + cells.str.slice(place, 1).replace_strict(table, default=0, return_dtype=pl.Int32)
    letters = pl.Series(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return letters.gather(total % 26) == cells.str.slice(15)


def es_dni(cells: pl.Series) -> pl.Series:
    """DNI (8 digits and a letter) and NIE (X, Y or Z in front): letter by the number mod 23 (order of 7 Feb. 1997)."""
    value = number(cells.str.replace_many(["X", "Y", "Z"], ["0", "1", "2"]).str.slice(0, 8))
    head = cells.str.slice(0, 1).replace_strict({"X": 0, "Y": 1, "Z": 2}, default=-1, return_dtype=pl.Int32)
    foreigner = head.cast(pl.Int64) * 10_000_000 + number(cells.str.slice(1, 7)).cast(pl.Int64)
    value = value.cast(pl.Int64).zip_with(head < 0, foreigner)
    return pl.Series(_DNI).gather(value % 23) == cells.str.slice(8)


def pl_pesel(cells: pl.Series) -> pl.Series:
    """PESEL, 11 digits: weights 1, 3, 7, 9; month carries the century (act of 24 September 2010)."""
    value = number(cells)
    month, day = value // 10**7 % 100 % 20, value // 10**5 % 100
    return (
        (weighted(value, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0) & month.is_between(1, 12) & day.is_between(1, 31)
    )


def nl_bsn(cells: pl.Series) -> pl.Series:
    """Burgerservicenummer, 9 digits: weights 9 to 2 and -1, divisible by 11 (Wabb, annex)."""
    value = number(cells)
    return (weighted(value, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0) & (value > 0)


def se_personnummer(cells: pl.Series) -> pl.Series:
    """Personnummer, last ten digits: birth date (day + 60 for coordination numbers) and Luhn (SKV 704)."""
    value = number(cells.str.replace_all(r"\+", "").str.slice(-10))
    month, day = value // 10**6 % 100, value // 10**4 % 100
    real = month.is_between(1, 12) & (day.is_between(1, 31) | day.is_between(61, 91))
    return (luhn_sum(value, 10) % 10 == 0) & real


def be_national_number(cells: pl.Series) -> pl.Series:
    """National register number, 11 digits: 97 - (first nine mod 97), with 2 in front for births since 2000."""
    value = number(cells)
    body, key = (value // 100).cast(pl.Int64), (value % 100).cast(pl.Int64)
    month = value // 10**7 % 100
    return ((97 - body % 97 == key) | (97 - (body + 2_000_000_000) % 97 == key)) & (month <= 12)


def fi_hetu(cells: pl.Series) -> pl.Series:
    """Henkilötunnus: birth date, century sign, order number, character by the nine digits mod 31 (act 661/2009)."""
    value = number(cells.str.slice(0, 6) + cells.str.slice(7, 3))
    day, month = value // 10**7, value // 10**5 % 100
    check = pl.Series(_HETU).gather(value % 31) == cells.str.slice(10)
    lasting = (value % 1000).is_between(2, 899)  # 900 to 999 are temporary numbers
    return check & lasting & day.is_between(1, 31) & month.is_between(1, 12)
