"""National numbers of further member states of the European Union."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import digit, iso7064_mod_11_10, luhn, number, verhoeff, weighted

_PPS = list("WABCDEFGHIJKLMNOPQRSTUV")
_PPS_SECOND = dict(zip("ABCDEFGH", range(1, 9), strict=True))
_CC = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def _is_day(month: pl.Series, day: pl.Series) -> pl.Series:
    return month.is_between(1, 12) & day.is_between(1, 31)


def at_svnr(cells: pl.Series) -> pl.Series:
    """Austrian insurance number, 10 digits: the fourth is the sum of the others by weights mod 11 (s. 31 ASVG)."""
    value = number(cells)
    check = weighted(value, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return (check == digit(value, 6)) & (digit(value, 9) > 0)


def bg_egn(cells: pl.Series) -> pl.Series:
    """ЕГН, 10 digits: birth date with 20 or 40 on the month for the 19th and the 21st century, weights mod 11."""
    value = number(cells)
    month, day = value // 10**6 % 100, value // 10**4 % 100
    check = weighted(value, (2, 4, 8, 5, 10, 9, 7, 3, 6, 0)) % 11 % 10
    return (check == digit(value, 0)) & _is_day(month % 20, day) & (month < 53)


def cz_rc(cells: pl.Series) -> pl.Series:
    """Rodné číslo of the Czech Republic and Slovakia, 9 digits until 1953, then 10 with the first nine mod 11 as check.

    Women have 50 on the month; 20 are added where the numbers of a day ran out (act 133/2000, s. 13).
    """
    value = number(cells)
    nine = cells.str.len_chars() == 9
    date = (value // 1000).zip_with(nine, value // 10_000)
    check = (value // 10 % 11 % 10).cast(pl.Int32) == digit(value, 0)
    before_1954 = ~(date // 10_000).is_between(54, 79)
    return _is_day(date // 100 % 100 % 50 % 20, date % 100) & ((nine & before_1954) | (~nine & check))


def ee_ik(cells: pl.Series) -> pl.Series:
    """Isikukood and asmens kodas, 11 digits: century and sex, birth date, weights mod 11 in two rounds (EVS 585)."""
    value = number(cells)
    first = weighted(value, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0)) % 11
    second = weighted(value, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 0)) % 11 % 10
    check = second.zip_with(first == 10, first)
    century = digit(value, 10).is_between(1, 8)
    return (check == digit(value, 0)) & century & _is_day(value // 10**6 % 100, value // 10**4 % 100)


def gr_amka(cells: pl.Series) -> pl.Series:
    """AMKA, 11 digits: birth date as ddmmyy and Luhn (act 3655/2008, s. 153)."""
    value = number(cells)
    return luhn(cells) & _is_day(value // 10**7 % 100, value // 10**9)


def hr_oib(cells: pl.Series) -> pl.Series:
    """OIB, 11 digits: ISO 7064 mod 11,10 (act on the personal identification number, s. 4)."""
    return iso7064_mod_11_10(number(cells), 11)


def hu_tax(cells: pl.Series) -> pl.Series:
    """Adóazonosító jel, 10 digits, the first an 8: place times digit mod 11 (act CL of 2017, annex 1)."""
    value = number(cells)
    check = weighted(value, (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)) % 11
    return (check == digit(value, 0)) & (digit(value, 9) == 8)


def hu_taj(cells: pl.Series) -> pl.Series:
    """TAJ, 9 digits: weights 3 and 7 mod 10 (government decree 217/1997)."""
    value = number(cells)
    return weighted(value, (3, 7, 3, 7, 3, 7, 3, 7, 0)) % 10 == digit(value, 0)


def ie_pps(cells: pl.Series) -> pl.Series:
    """PPS number: 7 digits and a letter by weights 8 to 2 mod 23; since 2013 a second letter A to H weighs 9."""
    second = cells.str.slice(8).replace_strict(_PPS_SECOND, default=0, return_dtype=pl.Int32)
    total = weighted(number(cells.str.slice(0, 7)), (8, 7, 6, 5, 4, 3, 2)) + 9 * second
    return pl.Series(_PPS).gather(total % 23) == cells.str.slice(7, 1)


def lu_matricule(cells: pl.Series) -> pl.Series:
    """Matricule of Luxembourg, 13 digits: birth date, order number, Luhn of the first eleven, then their Verhoeff."""
    value = number(cells)
    body = cells.str.slice(0, 11)
    date = _is_day(value // 10**7 % 100, value // 10**5 % 100) & (value // 10**9).is_between(1850, 2099)
    return date & luhn(cells.str.slice(0, 12)) & verhoeff(body + cells.str.slice(12), 12)


def lv_pk(cells: pl.Series) -> pl.Series:
    """Personas kods, 11 digits: birth date, or 32 in front since July 2017; weights mod 11 (Law on the register)."""
    value = number(cells)
    check = (weighted(value, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 0)) + 1) % 11 % 10
    undated = value // 10**9 == 32
    return (check == digit(value, 0)) & (undated | _is_day(value // 10**7 % 100, value // 10**9))


def pt_cc(cells: pl.Series) -> pl.Series:
    """Number of a cartão de cidadão, 12 places: Luhn over digits and letters, A as 10 to Z as 35 (act 7/2007)."""
    total = pl.zeros(len(cells), dtype=pl.Int32, eager=True)
    for place in range(12):
        figure = cells.str.slice(place, 1).replace_strict(_CC, default=0, return_dtype=pl.Int32)
        doubled = figure * 2 - 9 * (figure > 4).cast(pl.Int32)
        total = total + (figure if place % 2 else doubled)
    return total % 10 == 0


def pt_nif(cells: pl.Series) -> pl.Series:
    """NIF of a person, 9 digits: weights 9 to 2 mod 11 (decree-law 14/2013)."""
    value = number(cells)
    return (11 - weighted(value, (9, 8, 7, 6, 5, 4, 3, 2, 0)) % 11) % 11 % 10 == digit(value, 0)


def ro_cnp(cells: pl.Series) -> pl.Series:
    """CNP, 13 digits: sex and century, birth date, county, weights mod 11, 10 as 1 (decision 801/2016)."""
    value = number(cells)
    check = weighted(value, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9, 0)) % 11
    check = check.zip_with(check < 10, pl.repeat(1, len(cells), dtype=check.dtype, eager=True))
    date = _is_day(value // 10**8 % 100, value // 10**6 % 100)
    return (check == digit(value, 0)) & date & (digit(value, 12) > 0)


def si_emso(cells: pl.Series) -> pl.Series:
    """EMŠO, elsewhere JMBG, 13 digits: ddmmyyy, region, order number, weights 7 to 2 twice mod 11."""
    value = number(cells)
    check = (11 - weighted(value, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0)) % 11) % 11 % 10
    return (check == digit(value, 0)) & _is_day(value // 10**9 % 100, value // 10**11)
