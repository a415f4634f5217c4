"""Cards, accounts and article numbers."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import luhn, number, weighted

# IBAN length by country (ISO 13616 registry, SWIFT).
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_LETTERS = [chr(letter) for letter in range(ord("A"), ord("Z") + 1)]
_LETTER_NUMBERS = [str(value) for value in range(10, 36)]
_ROUTING = (3, 7, 1, 3, 7, 1, 3, 7, 1)


def card(cells: pl.Series) -> pl.Series:
    """Payment card: issuer range (ISO/IEC 7812-1 registers of the schemes), length of the scheme, Luhn."""
    head = cells.str.slice(0, 6).cast(pl.Int32, strict=False).fill_null(0)
    two, three, four = head // 10_000, head // 1_000, head // 100
    length = cells.str.len_chars()
    mastercard = (two.is_between(51, 55) | four.is_between(2221, 2720)) & (length == 16)
    visa = (head // 100_000 == 4) & ((length == 13) | (length == 16) | (length == 19))
    amex = ((two == 34) | (two == 37)) & (length == 15)
    diners = (three.is_between(300, 305) | (two == 36) | (two == 38) | (two == 39)) & (length == 14)
    jcb = ((four == 1800) | (four == 2131)) & (length == 15)  # given out until JCB moved to 16 digits
    asian = (four.is_between(3528, 3589) | (two == 62) | (two == 65) | (four == 6011)) & length.is_between(16, 19)
    maestro = ((two == 50) | two.is_between(56, 58) | (two == 63) | (two == 67)) & length.is_between(12, 19)
    return (mastercard | visa | amex | diners | jcb | asian | maestro) & luhn(cells)


def iban(cells: pl.Series) -> pl.Series:
    """International bank account number: length of the country, ISO 7064 mod 97-10 remainder 1 (ISO 13616)."""
    length = cells.str.slice(0, 2).replace_strict(_IBAN_LENGTH, default=0, return_dtype=pl.UInt32)
    moved = cells.str.slice(4) + cells.str.slice(0, 4)
    digits = moved.str.replace_many(_LETTERS, _LETTER_NUMBERS).str.zfill(72)
    remainder = pl.zeros(len(cells), dtype=pl.Int64, eager=True)
    for start in range(0, 72, 9):
        chunk = digits.str.slice(start, 9).cast(pl.Int64, strict=False)
        remainder = (remainder * 1_000_000_000 + chunk) % 97
    return (remainder == 1).fill_null(value=False) & (length == cells.str.len_chars())


def aba_routing(cells: pl.Series) -> pl.Series:
    """ABA routing number: weights 3, 7, 1, and a prefix that the Federal Reserve assigns (00-12, 21-32, 61-72, 80)."""
    value = number(cells)
    prefix = value // 10_000_000
    assigned = (prefix <= 12) | prefix.is_between(21, 32) | prefix.is_between(61, 72) | (prefix == 80)
    return (weighted(value, _ROUTING) % 10 == 0) & assigned


def ean13(cells: pl.Series) -> pl.Series:
    """GTIN-13 / JAN: weights 1, 3 alternating (GS1 General Specifications, 7.9)."""
    return weighted(number(cells), (*(1, 3) * 6, 1)) % 10 == 0
