"""Coordinates rounded to a grid, in one column each or as a pair in one cell."""

from __future__ import annotations

from typing import Final

import polars as pl

from tegata.protect.grid import decimals_for

_NUMBER: Final = r"[-+]?\d{1,3}(?:\.\d*)?"
_ONE: Final = rf"^({_NUMBER})$"
_PAIR: Final = rf"^[(\[]?\s*(?<first>{_NUMBER})(?:\s*,\s*|\s+)(?<second>{_NUMBER})\s*[)\]]?$"


def rounded(text: pl.Expr, min_error_m: float) -> pl.Expr:
    """Decimal degrees, or "latitude,longitude" in either order, on a grid with at least this largest error in metres.

    Null for text that is neither, and for degrees beyond 180.
    """
    decimals = decimals_for(min_error_m)
    plain = text.str.normalize("NFKC").str.strip_chars()
    pair = plain.str.extract_groups(_PAIR)
    both = [_axis(pair.struct.field(name), decimals) for name in ("first", "second")]
    return pl.coalesce(_axis(plain.str.extract(_ONE), decimals), pl.concat_str(both, separator=","))


def _axis(text: pl.Expr, decimals: int) -> pl.Expr:
    degrees = text.cast(pl.Float64, strict=False)
    step = float(10**-decimals)
    on_grid = degrees.round(decimals) if decimals > 0 else (degrees / step).round(0) * step
    unsigned_zero = pl.when(on_grid != 0).then(on_grid).otherwise(0.0)  # "-0.0" would tell on which side it was
    written = (unsigned_zero if decimals > 0 else unsigned_zero.cast(pl.Int64, strict=False)).cast(pl.String)
    return pl.when(degrees.abs() <= 180).then(written)
