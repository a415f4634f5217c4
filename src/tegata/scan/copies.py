"""Whether a column repeats the values of another, here and there, alone or among other text. No loop over values.

A coincidence shows as often between records that do not belong together. So the records before each are the control:
what stands in its own record far more often is a copy. Of long numbers and addresses one is enough, and of rare values
so few as chance does not explain (`chance`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tegata.scan.chance import LEAST_EQUAL, LEAST_WITHIN, Rarity, by_chance
from tegata.scan.folding import EDGE, Records, Values, folded, longest

_COPIED: Final = 4  # distinct values in their own record, beyond twice those beside
SURE: Final = 1  # the same of values that stand nowhere by chance
_SHORTEST_ADDRESS: Final = 8  # bytes: an address
_SURE_BYTES: Final = 10
_MANY_DIGITS: Final = "^(?:[^0-9:]*[0-9]){8}[^:]*$"
BESIDE: Final = 4  # records before each


@dataclass
class Tally:
    """Distinct values that stand in their own record, and on average in each of those after it."""

    own: int = 0
    beside: float = 0

    def add(self, own: int, beside: Sequence[int], least: int) -> bool:
        """Whether they are so many by now that it is no coincidence."""
        self.own += own
        self.beside += sum(beside) / BESIDE
        return self.own >= least + 2 * self.beside


class Copies:
    """What was seen of each pair of columns in the batches so far, from the first on in which any value of the one
    stood in its own record of the other: before that there is nothing to control."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        self._sure: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        self._rare: defaultdict[tuple[str, str], Rarity] = defaultdict(Rarity)
        self._batches = 0

    def found(self, values: Values, records: Records) -> Iterator[tuple[str, str]]:
        """Columns of the records with columns of `values` that they repeat, record by record.

        Each record is asked as a whole first: in nearly every batch no value stands anywhere in its own.
        """
        self._batches += 1
        others = values.within(records, records.longest_cell, LEAST_EQUAL)
        if not others.width:
            return
        cells = _roomy(records.cells, min(_shortest(others).values()))
        met = _met(records, others)
        places = [(t, v) for t in cells.columns for v in others.columns if v in met or (t, v) in self._seen]
        if not places:
            return
        cells = folded(cells.select(list(dict.fromkeys(text for text, _ in places))))
        side_by_side = pl.concat(
            [cells.rename(lambda name: f"t{name}"), others.rename(lambda name: f"v{name}")], how="horizontal"
        )
        own = dict(zip(places, _counts(side_by_side, places, (0,)), strict=True))
        live = [place for place in places if own[place] or place in self._seen]
        every = _counts(side_by_side, live, range(BESIDE + 1))
        sure = _counts(side_by_side, live, range(BESIDE + 1), sure=True)
        for at, place in enumerate(live):
            those = slice(at * (BESIDE + 1), (at + 1) * (BESIDE + 1))
            (here, *beside), (surely, *sure_beside) = every[those], sure[those]
            copied = self._seen[place].add(here, beside, _COPIED)
            if self._sure[place].add(surely, sure_beside, SURE) or copied or self._is_rare(place, side_by_side, here):
                yield place

    def _is_rare(self, place: tuple[str, str], frame: pl.DataFrame, own: int) -> bool:
        """Whether so few as stand in their own records are too many for chance. What is common is not asked again."""
        if not own or self._rare[place].common:
            return False
        text, value = place
        return self._rare[place].add(own, by_chance(frame[f"t{text}"], frame[f"v{value}"]), self._batches)


def may_repeat(values: Values, records: Records) -> bool:
    """Whether there is anything to look for, whatever stands beside what."""
    return bool(values.may_stand(records, records.longest_cell, LEAST_EQUAL))


def _met(records: Records, others: pl.DataFrame) -> set[str]:
    """Columns of `others` of which some value may stand in its own record. A short one stands there only as a whole."""
    record = pl.lit(records.column)
    stand = others.select(record.str.contains(_needle(name), literal=True).any().alias(name) for name in others.columns)
    return {name for name, stands in stand.row(0, named=True).items() if stands}


def _needle(name: str) -> pl.Expr:
    value = pl.col(name)
    size = value.str.len_bytes()
    alone = pl.when(size >= LEAST_EQUAL).then(pl.lit(EDGE) + value + pl.lit(EDGE))
    return pl.when(size >= LEAST_WITHIN).then(value).otherwise(alone)


def _counts(
    frame: pl.DataFrame, places: Sequence[tuple[str, str]], distances: Iterable[int], *, sure: bool = False
) -> tuple[int, ...]:
    """Of each pair at each distance. All in one go: what a single count costs is mostly the call."""
    counts = [_standing(*place, distance, sure=sure) for place in places for distance in distances]
    return frame.select(count.alias(str(at)) for at, count in enumerate(counts)).row(0) if counts else ()


def _roomy(cells: pl.DataFrame, least: int) -> pl.DataFrame:
    """Columns of which, once folded, a text may have that many bytes (a small letter takes up to half as many more)."""
    return cells.select(name for name, most in longest(cells).items() if 3 * most >= 2 * max(least, LEAST_EQUAL))


def _shortest(values: pl.DataFrame) -> dict[str, int]:
    """Bytes of the shortest value of each column."""
    return values.select(pl.all().str.len_bytes().min().fill_null(0)).row(0, named=True)


def is_sure(value: pl.Expr) -> pl.Expr:
    """Whether a folded value is one that stands in other text as a copy only: an address, or many digits. A time of day
    is no such thing."""
    size = value.str.len_bytes()
    number = (size >= _SURE_BYTES) & value.str.contains(_MANY_DIGITS)
    return number | ((size >= _SHORTEST_ADDRESS) & value.str.contains("@", literal=True))


def shortest_sure(records: Records) -> int:
    """Bytes of the shortest value that is sure and may stand there."""
    return _SHORTEST_ADDRESS if b"@" in records.text else _SURE_BYTES


def _standing(text: str, value: str, distance: int, *, sure: bool) -> pl.Expr:
    """How many distinct values stand in the text of the record at a distance behind their own.

    Of records that stand together and have one value only the first counts: they are of one person.
    """
    here, texts, values = pl.col(f"v{value}"), pl.col(f"t{text}"), pl.col(f"v{value}").shift(distance)
    within = texts.str.contains(values, literal=True) & (values.str.len_bytes() >= LEAST_WITHIN)
    equal = (texts == values) & (values.str.len_bytes() >= LEAST_EQUAL)
    stands = (within & is_sure(values)) if sure else within | equal
    return values.filter(here.ne_missing(here.shift(1)) & stands).n_unique()
