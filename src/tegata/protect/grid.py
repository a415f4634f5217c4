"""The grid that coordinates are rounded to: how coarse it must be, in decimals of a degree."""

from __future__ import annotations

from typing import Final

# Metres of one degree along a meridian where it is shortest, at the equator (WGS 84, NIMA TR8350.2). A cell is never
# narrower than this in one direction, while its width goes to zero at the poles: half of it bounds the half-diagonal
# of a cell from below at every latitude, so the rule needs no latitude and holds for a single coordinate too.
_DEGREE_M: Final = 110_574.0
_COARSEST: Final = -1  # a grid of ten degrees

LARGEST_ERROR_M: Final = _DEGREE_M / 2 * 10**-_COARSEST


def largest_error_m(decimals: int) -> float:
    """Lower bound, over all latitudes, of the largest error of coordinates with so many decimals, in metres."""
    return _DEGREE_M / 2 * float(10**-decimals)


def decimals_for(min_error_m: float) -> int:
    """The most decimals whose largest error is still at least `min_error_m` (1,000 m: one decimal, not two).

    Negative: whole tens of degrees. `min_error_m` is at most `LARGEST_ERROR_M`.
    """
    decimals = _COARSEST
    while largest_error_m(decimals + 1) >= min_error_m:
        decimals += 1
    return decimals
