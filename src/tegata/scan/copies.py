"""Whether a column repeats the values of another, here and there, alone or among other text. No loop over values.

A coincidence shows as often between records that do not belong together. So the records before each are the control:
what stands in its own record far more often is a copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

_COPIED: Final = 4  # distinct values in their own record, beyond twice those beside
_BESIDE: Final = 4  # records before each
_LEAST_EQUAL, _LEAST_WITHIN = 2, 5  # bytes of a value: of short ones some stand in any text
_SEPARATORS: Final = dict.fromkeys(" \t\r\n-./_()+", "")
_SEPARATOR: Final = r"[ \t\r\n\-./_()+]"
_CAPITAL: Final = r"[A-Z]|[^\x00-\x7f]"


@dataclass
class _Tally:
    """Distinct values that stand in their own record, and on average in each of those after it."""

    own: int = 0
    beside: float = 0


class Copies:
    """What was seen of each pair of columns in the batches so far."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str], _Tally] = defaultdict(_Tally)

    def found(self, cells: pl.Series, others: Sequence[pl.Series]) -> Iterator[str]:
        """Names of those of `others`, `folded` and of the same records, whose values `cells` repeats."""
        if not others:
            return
        texts = folded(cells)
        for values in others:
            tally = self._seen[cells.name, values.name]
            _count(tally, values, texts)
            if tally.own >= _COPIED + 2 * tally.beside:
                yield values.name


def folded(cells: pl.Series) -> pl.Series:
    """Cells in a form in which the same value is the same text: small letters, without separators."""
    if cells.str.contains(_CAPITAL).any():
        cells = cells.str.to_lowercase()
    return cells.str.replace_many(_SEPARATORS) if cells.str.contains(_SEPARATOR).any() else cells


def _count(tally: _Tally, values: pl.Series, texts: pl.Series) -> None:
    if _longest(texts) < _shortest(values):
        return
    new = values.ne_missing(values.shift(1))  # records of one person often stand together
    pairs = pl.DataFrame({"value": values, "text": texts}).filter(new)
    own, *beside = pairs.select(_standing(n).alias(f"{n}") for n in range(_BESIDE + 1)).row(0)
    tally.own += own
    tally.beside += sum(beside) / _BESIDE


def _standing(distance: int) -> pl.Expr:
    """How many distinct values stand in the text of the record at a distance behind their own."""
    value, text = pl.col("value").shift(distance), pl.col("text")
    within = text.str.contains(value, literal=True) & (value.str.len_bytes() >= _LEAST_WITHIN)
    equal = (text == value) & (value.str.len_bytes() >= _LEAST_EQUAL)
    return value.filter(within | equal).n_unique()


def _longest(cells: pl.Series) -> int:
    return int(cells.str.len_bytes().max() or 0)  # type: ignore[arg-type]


def _shortest(cells: pl.Series) -> int:
    return int(cells.str.len_bytes().min() or 0)  # type: ignore[arg-type]
