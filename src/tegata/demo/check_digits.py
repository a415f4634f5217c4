"""Numbers with valid check digits, composed from digits that the caller draws."""

from __future__ import annotations

from typing import Final

MY_NUMBER_WEIGHTS: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # twice a digit, its digits summed


def luhn(body: str) -> str:
    """`body` and its Luhn check digit (ISO/IEC 7812-1 annex B)."""
    odd = sum(_DOUBLED[int(digit)] for digit in body[::-2])
    even = sum(int(digit) for digit in body[-2::-2])
    return f"{body}{-(odd + even) % 10}"


def my_number(body: str) -> str:
    """Eleven digits and the check digit of an Individual Number (Ordinance No. 85 of 2014, Art. 5)."""
    total = sum(weight * int(digit) for weight, digit in zip(MY_NUMBER_WEIGHTS, body, strict=True))
    return f"{body}{-total % 11 % 10}"


def insurer_number(law: str, prefecture: str, serial: str) -> str:
    """Eight digits of a Japanese health insurer: kind of insurance, prefecture, serial, check digit (weights 2, 1)."""
    return luhn(law + prefecture + serial)
