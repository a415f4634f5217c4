"""Sums, means and quantiles of the records in each cell of statistics, made of whole numbers that one person changes by
a known amount: noise on these is all that the guarantee needs, and what is made of them afterwards loses nothing more.

Every record adds one number of at most `reach` to a sum (its value, or its distance from the middle), or one to one
class of a quantile. A record without a number adds nothing to a sum, and to a quantile nothing either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from tegata.model.base import Text, t
from tegata.model.statistics import Figure, Mean, Quantiles, Sum

if TYPE_CHECKING:
    import polars as pl

MOST_STEPS: Final = 1 << 31  # between the limits: so many records of it stay within 64 bits
MOST_BINS: Final = 1000


def fault(figure: Figure, *, over: bool) -> Text | None:
    """What is wrong with a figure, whatever table it is for. `over`: all together lose too much."""
    name = figure.column
    if over or not 0 < figure.epsilon < math.inf:
        return t(
            f"`{name}`: `epsilon` is not above 0, or the sum of all is above what is allowed",
            f"`{name}`: `epsilon` が 0 以下か、合計が上限を超えています",
        )
    if not (figure.low < figure.high and math.isfinite(figure.high - figure.low)):
        return t(f"`{name}`: `low` is not below `high`", f"`{name}`: `low` が `high` より小さくありません")
    if isinstance(figure, Quantiles):
        return _fault_of_quantiles(figure)
    if not (figure.step > 0 and 2 * max(abs(figure.low), abs(figure.high)) / figure.step < MOST_STEPS):
        return t(f"`{name}`: `step` is not above 0, or too fine", f"`{name}`: `step` が 0 以下か細かすぎます")
    return None


def _fault_of_quantiles(figure: Quantiles) -> Text | None:
    name = figure.column
    if not 2 <= figure.bins <= MOST_BINS:
        return t(f"`{name}`: `bins` is from 2 to {MOST_BINS:,}", f"`{name}`: `bins` は 2 から {MOST_BINS:,} です")
    if not figure.at or not all(0 < at < 1 for at in figure.at):
        return t(f"`{name}`: `at` lists shares between 0 and 1", f"`{name}`: `at` は 0 と 1 の間の値です")
    return None


def reach(figure: Figure) -> int:
    """By so much one record changes what noise is put on, in all."""
    match figure:
        case Sum():
            return max(1, round(max(abs(figure.low), abs(figure.high)) / figure.step))
        case Mean():
            return max(1, round((figure.high - figure.low) / 2 / figure.step))
        case Quantiles():
            return 1


def titles(figure: Figure) -> tuple[str, ...]:
    """The columns in which it leaves."""
    if isinstance(figure, Quantiles):
        return tuple(f"{figure.column} p{at * 100:g}" for at in figure.at)
    return (f"{figure.column} {'sum' if isinstance(figure, Sum) else 'mean'}",)


def accuracy(figure: Figure, per_person: int) -> Text:
    """What leaves of the column, and how far off the noise puts it."""
    off = math.log(20) * per_person * reach(figure) / figure.epsilon  # 19 of 20 draws of the Laplace distribution
    name, low, high = figure.column, f"{figure.low:,g}", f"{figure.high:,g}"
    within_en, within_ja = f"values cut off at {low} and {high}", f"値は {low} から {high} に制限"
    match figure:
        case Sum():
            amount = f"{off * figure.step:,.4g}"
            return t(
                f"sum of `{name}` ({within_en}): 19 of 20 are off by at most {amount}",
                f"`{name}` の合計（{within_ja}）: 20 のうち 19 は誤差 {amount} 以内",
            )
        case Mean():
            amount = f"{off * figure.step:,.4g}"
            return t(
                f"mean of `{name}` ({within_en}): off by at most {amount} divided by the count, in 19 of 20",
                f"`{name}` の平均（{within_ja}）: 20 のうち 19 は誤差が {amount} ÷ 件数 以内",
            )
        case Quantiles():
            width, records = f"{(figure.high - figure.low) / figure.bins:,.4g}", f"{math.ceil(off):,}"
            return t(
                f"quantiles of `{name}` in classes of {width} ({within_en}): 19 of 20 classes are off by at most "
                f"{records} records",
                f"`{name}` の分位点（幅 {width} の階級、{within_ja}）: 20 の階級のうち 19 は誤差 {records} 件以内",
            )


class Tally:
    """The whole numbers of one figure for each cell, while batches come."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.width = figure.bins if isinstance(figure, Quantiles) else 1
        self.numbers: dict[tuple[str, ...], list[int]] = {}

    def add(self, told: pl.DataFrame, cells: Sequence[str]) -> None:
        """`told`: records with their cells, and the columns of figures as text."""
        import polars as pl

        value = pl.col(self.figure.column).cast(pl.Float64, strict=False).fill_nan(None)
        kept = told.select(*cells, value.clip(self.figure.low, self.figure.high).alias("\0value"))
        for *cell, place, number in self._added(kept.drop_nulls("\0value"), cells):
            self.numbers.setdefault(tuple(cell), [0] * self.width)[place] += number

    def _added(self, kept: pl.DataFrame, cells: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        import polars as pl

        value, figure = pl.col("\0value"), self.figure
        if isinstance(figure, Quantiles):
            place = ((value - figure.low) / (figure.high - figure.low) * figure.bins).floor().clip(0, figure.bins - 1)
            return kept.group_by(*cells, place.cast(pl.Int64).alias("\0place")).len().iter_rows()
        most, origin = reach(figure), _origin(figure)
        steps = ((value - origin) / figure.step).round().cast(pl.Int64).clip(-most, most)
        return kept.group_by(*cells).agg(pl.lit(0).alias("\0place"), steps.sum().alias("\0sum")).iter_rows()

    def of(self, cells: Sequence[tuple[str, ...]]) -> list[int]:
        """All that noise is put on, cell by cell."""
        nothing = [0] * self.width
        return [number for cell in cells for number in self.numbers.get(cell, nothing)]

    def told(self, noisy: Sequence[int], counts: Sequence[int]) -> dict[str, list[str]]:
        """What leaves, by column, made of numbers and counts that have their noise."""
        figure, parts = self.figure, [noisy[at : at + self.width] for at in range(0, len(noisy), self.width)]
        rows: list[tuple[str, ...]]
        match figure:
            case Sum():
                rows = [(_plain(part[0] * figure.step),) for part in parts]
            case Mean():
                rows = [(_plain(_mean(figure, part[0], count)),) for part, count in zip(parts, counts, strict=True)]
            case Quantiles():
                rows = [tuple(_plain(_quantile(figure, part, at)) for at in figure.at) for part in parts]
        return {title: [row[place] for row in rows] for place, title in enumerate(titles(figure))}


def _origin(figure: Sum | Mean) -> float:
    return 0.0 if isinstance(figure, Sum) else (figure.low + figure.high) / 2


def _mean(figure: Mean, distances: int, count: int) -> float:
    found = _origin(figure) + distances * figure.step / max(1, count)
    return min(figure.high, max(figure.low, found))


def _quantile(figure: Quantiles, classes: Sequence[int], at: float) -> float:
    """The upper end of the first class by which the share is reached; counts below zero are none."""
    counted = [max(0, count) for count in classes]
    wanted, below, width = at * sum(counted), 0, (figure.high - figure.low) / figure.bins
    for place, count in enumerate(counted):
        below += count
        if below >= wanted and below:
            return figure.low + (place + 1) * width
    return figure.high


def _plain(value: float) -> str:
    return format(round(value, 9), ".15g")
