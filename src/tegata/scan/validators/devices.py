"""Devices and vehicles."""

from __future__ import annotations

import polars as pl

from tegata.scan.validators.digits import luhn, luhn_sum, number

_VIN_VALUE = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
        (*range(10), 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
_VIN_WEIGHT = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def imei(cells: pl.Series) -> pl.Series:
    """IMEI, 15 digits with Luhn (3GPP TS 23.003, annex B)."""
    return luhn_sum(number(cells), 15) % 10 == 0


def iccid(cells: pl.Series) -> pl.Series:
    """SIM card number, 19 digits from 89, Luhn over all of them (ITU-T E.118); a twentieth place is not checked."""
    return luhn(cells.str.slice(0, 19))


def vin(cells: pl.Series) -> pl.Series:
    """Vehicle identification number with the North American check at place 9 (49 CFR 565.15)."""
    total = pl.zeros(len(cells), dtype=pl.Int32, eager=True)
    for place, weight in enumerate(_VIN_WEIGHT):
        value = cells.str.slice(place, 1).replace_strict(_VIN_VALUE, default=0, return_dtype=pl.Int32)
        total = total + value * weight
    expected = pl.Series(list("0123456789X")).gather(total % 11)
    return expected == cells.str.slice(8, 1)
