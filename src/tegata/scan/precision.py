"""How precisely coordinates say where somebody is: the largest error of the finest one, in metres."""

from __future__ import annotations

from typing import Final

import polars as pl

from tegata.scan.recogniser import Precision

PRECISE_M: Final = 1000.0  # 28 CFR 202.242
_DEGREE_M: Final = 111_320.0
# Half the diagonal of a cell at the equator, where a cell is largest (so 2 decimals err by 787 m: within 1,000 m).
_ERROR_OF_A_DEGREE_M: Final = _DEGREE_M * 2**0.5 / 2
_GEOHASH_M: Final = {6: 682.0, 7: 108.0, 8: 21.3, 9: 3.4}
_MGRS_M: Final = {2: 707.0, 3: 71.0, 4: 7.1, 5: 0.71}  # digits per axis
_MESH_M: Final = {8: 707.0, 9: 354.0, 10: 177.0, 11: 88.0}


def finest(precision: Precision, cells: pl.Series) -> int | None:
    """The most digits that any coordinate really uses (zeros at the end do not count); None when there is none.

    Decimals for degrees, characters for geohash and mesh codes, digits per axis for MGRS. Larger is finer.
    """
    if precision in ("geohash", "mesh"):
        digits = cells.str.replace_all("-", "").str.len_chars()
    elif precision == "mgrs":
        digits = (cells.str.replace_all(" ", "").str.extract(r"([0-9]+)$", 1).str.len_chars() / 2).cast(pl.UInt32)
    elif precision == "words":
        digits = cells.str.len_chars()
    else:
        digits = _decimals(cells.str.extract("^([^,;]*)[,;]", 1) if precision == "pair" else cells)
    most = digits.max()
    return int(most) if isinstance(most, int) else None


def _decimals(degrees: pl.Series) -> pl.Series:
    """Decimals in use, in any order, of those degrees that have most of them."""
    written, padded = _written(degrees), degrees.str.ends_with("0")
    full = written.filter(~padded)
    # Zeros at the end are taken off only where more than the most might be left.
    longer = degrees.filter(padded & (written > (full.max() or 0)))
    return pl.concat([full, _written(longer.str.strip_chars_end("0"))])


def _written(degrees: pl.Series) -> pl.Series:
    decimals: pl.Series = (degrees.str.len_bytes() - degrees.str.find(".", literal=True) - 1).fill_null(0)
    return decimals


def error_m(precision: Precision, digits: int) -> float:
    """Largest error in metres of a coordinate with so many digits."""
    if precision == "geohash":
        return _GEOHASH_M.get(min(digits, 9), 3500.0)
    if precision == "mesh":
        return _MESH_M.get(min(digits, 11), 7070.0)
    if precision == "mgrs":
        return _MGRS_M.get(min(digits, 5), 7070.0)
    if precision == "words":
        return 2.1  # a square of 3 m
    return _ERROR_OF_A_DEGREE_M * float(10**-digits)
