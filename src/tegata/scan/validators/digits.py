"""Arithmetic on the digits of a whole column: the few sums that almost all check digits are made of."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def number(cells: pl.Series) -> pl.Series:
    """Digit strings (at most 19 digits) as integers; leading zeros carry no weight and need no care."""
    return cells.cast(pl.UInt64, strict=False)


def digit(value: pl.Series, place: int) -> pl.Series:
    """The digit at `place`, counted from 0 at the right."""
    return (value // 10**place % 10).cast(pl.Int32)


def weighted(value: pl.Series, weights: Sequence[int]) -> pl.Series:
    """Sum of digit times weight; `weights` are written from left to right and end at the last digit."""
    total = digit(value, 0) * weights[-1]
    for place, weight in enumerate(reversed(weights[:-1]), start=1):
        total = total + digit(value, place) * weight
    return total


def luhn_sum(value: pl.Series, length: int) -> pl.Series:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, its digits added. Divisible by 10 when valid."""
    total = digit(value, 0)
    for place in range(1, length):
        d = digit(value, place)
        total = total + (d if place % 2 == 0 else d * 2 - (d > 4).cast(pl.Int32) * 9)
    return total


def luhn(cells: pl.Series) -> pl.Series:
    """Luhn check of numbers of up to 19 digits."""
    return luhn_sum(number(cells), 19) % 10 == 0


# Verhoeff 1969: multiplication in the dihedral group D5 and the permutation that is applied once more at every place.
_D5 = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(cells: pl.Series, length: int = 18) -> pl.Series:
    """Verhoeff check over the last `length` digits, with table look-ups instead of arithmetic."""
    value = number(cells)
    product = pl.Series([cell for row in _D5 for cell in row], dtype=pl.Int32)
    permuted = pl.Series(range(10), dtype=pl.Int32)
    step = pl.Series(_STEP, dtype=pl.Int32)
    check = pl.zeros(len(cells), dtype=pl.Int32, eager=True)
    for place in range(length):
        check = product.gather(check * 10 + permuted.gather(digit(value, place)))
        permuted = permuted.gather(step)
    return check == 0
