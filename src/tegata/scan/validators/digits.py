"""Arithmetic on the digits of a whole column: the few sums that almost all check digits are made of.

Digits are not taken apart one by one: a number is cut into groups of four digits and a table gives what each group
contributes to the sum. That is three look-ups instead of twelve divisions for a number of twelve digits.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import add
from typing import Final

import polars as pl

_GROUP: Final = 4
Contributions = tuple[tuple[int, ...], ...]
"""What a digit adds to a check sum: per place, from the right, one number for each of the digits 0 to 9."""


def number(cells: pl.Series) -> pl.Series:
    """Digit strings (at most 19 digits) as integers; leading zeros carry no weight and need no care."""
    return cells.cast(pl.UInt64, strict=False)


def digit(value: pl.Series, place: int) -> pl.Series:
    """The digit at `place`, counted from 0 at the right."""
    digits: pl.Series = (value // 10**place % 10).cast(pl.Int32)
    return digits


def weighted(value: pl.Series, weights: tuple[int, ...]) -> pl.Series:
    """Sum of digit times weight; `weights` are written from left to right and end at the last digit."""
    return _sum(value, tuple(tuple(w * d for d in range(10)) for w in reversed(weights)))


def luhn_sum(value: pl.Series, length: int) -> pl.Series:
    """Sum of ISO/IEC 7812-1 annex B (every second digit from the right doubled, its digits added)."""
    doubled = tuple(2 * d - 9 * (d > 4) for d in range(10))
    return _sum(value, tuple(doubled if place % 2 else tuple(range(10)) for place in range(length)))


def luhn(cells: pl.Series) -> pl.Series:
    """Luhn check of numbers of up to 19 digits."""
    value = number(cells)
    most = value.max()
    return luhn_sum(value, len(str(most)) if isinstance(most, int) else 1) % 10 == 0


def iso7064_mod_11_10(value: pl.Series, places: int) -> pl.Series:
    """ISO/IEC 7064 mod 11,10 of numbers of so many digits, the last of which is the check."""
    product = pl.repeat(10, len(value), dtype=pl.Int32, eager=True)
    for place in range(places - 1, 0, -1):
        total = (digit(value, place) + product) % 10
        product = (total + (total == 0).cast(pl.Int32) * 10) * 2 % 11
    return (11 - product) % 10 == digit(value, 0)


def _sum(value: pl.Series, contributions: Contributions) -> pl.Series:
    """All groups in one go: the engine is called once, not for every step."""
    digits = pl.col("value")
    groups = (
        pl.lit(_table(contributions[start : start + _GROUP])).gather(digits // 10**start % 10**_GROUP)
        for start in range(0, len(contributions), _GROUP)
    )
    return value.to_frame("value").select(reduce(add, groups).alias("sum")).to_series()


@lru_cache(maxsize=256)
def _table(places: Contributions) -> pl.Series:
    """Contribution of every group of four digits."""
    sums = [0]
    for place in places:
        sums = [low + high for high in place for low in sums]
    return pl.Series(sums * 10 ** (_GROUP - len(places)), dtype=pl.Int32)


# Verhoeff 1969: multiplication in the dihedral group D5 and the permutation that is applied once more at every place.
_D5: Final = (
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
_STEP: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(cells: pl.Series, places: int = 20) -> pl.Series:
    """Verhoeff check of digit strings of at most `places` digits (a multiple of four).

    The group is associative, so groups of four digits can be looked up. Zeros in front are not neutral here: what they
    contribute is known from the length, and a valid number leaves exactly that.
    """
    value = number(cells)
    product = pl.zeros(len(cells), dtype=pl.Int32, eager=True)
    for start in range(0, places, _GROUP):
        group = _verhoeff_table(start).gather(value // 10**start % 10**_GROUP)
        product = _d5().gather(product * 10 + group)
    return product == _zeros_in_front(places).gather(cells.str.len_chars())


@lru_cache(maxsize=1)
def _d5() -> pl.Series:
    return pl.Series([cell for row in _D5 for cell in row], dtype=pl.Int32)


def _permuted(figure: int, place: int) -> int:
    for _ in range(place % 8):
        figure = _STEP[figure]
    return figure


@lru_cache(maxsize=8)
def _verhoeff_table(start: int) -> pl.Series:
    """Product of the permuted digits of every group of four that begins at place `start`, from the right."""
    products = [0]
    for place in range(start, start + _GROUP):
        figures = [_permuted(figure, place) for figure in range(10)]
        products = [_D5[low][figure] for figure in figures for low in products]
    return pl.Series(products, dtype=pl.Int32)


@lru_cache(maxsize=4)
def _zeros_in_front(places: int) -> pl.Series:
    """By length of a number: the product of the zeros that fill it up to `places`."""
    products = []
    for length in range(places + 1):
        product = 0
        for place in range(length, places):
            product = _D5[product][_permuted(0, place)]
        products.append(product)
    return pl.Series(products, dtype=pl.Int32)
