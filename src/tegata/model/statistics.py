"""Statistics with noise, as a plan asks for them instead of records."""

from __future__ import annotations

from tegata.model.base import Noun


class CountBy(Noun, frozen=True, kw_only=True):
    """A column to count by. `values` are known beforehand: what values a table has would tell of its people."""

    column: str
    values: tuple[str, ...]


class _Bounded(Noun, frozen=True, kw_only=True):
    """Of a column of numbers, cut off below `low` and above `high`, with a loss of `epsilon`."""

    column: str
    low: float
    high: float
    epsilon: float


class Sum(_Bounded, frozen=True, kw_only=True, tag="sum", tag_field="of"):
    """The sum of a column of numbers, cut off below `low` and above `high`, in units of `step`."""

    step: float = 1


class Mean(_Bounded, frozen=True, kw_only=True, tag="mean", tag_field="of"):
    """The mean of such a column: the noise is on the sum of distances from the middle of `low` and `high`."""

    step: float = 1


class Quantiles(_Bounded, frozen=True, kw_only=True, tag="quantiles", tag_field="of"):
    """Quantiles of a column, as the upper ends of `bins` classes of one width from `low` to `high`: the noise is on the
    number of records in each class."""

    at: tuple[float, ...] = (0.25, 0.5, 0.75)
    bins: int = 50


Figure = Sum | Mean | Quantiles


class Statistics(Noun, frozen=True, kw_only=True):
    """Instead of records, counts with noise leave, and figures: differential privacy, for each person, with a loss of
    `epsilon` for the counts and that of each figure for it.

    A cell for each combination of values of `count_by`, and of `*` for all others. Of each person (by the values of
    the columns `person`; none: each record is one) the first `per_person` records count. `budget` is the most that all
    such releases of a data set to one recipient may lose together.
    """

    epsilon: float
    count_by: tuple[CountBy, ...]
    person: tuple[str, ...] = ()
    per_person: int = 1
    budget: float | None = None
    figures: tuple[Figure, ...] = ()  # of each cell
