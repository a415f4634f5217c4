"""Values among other text: what stands inside cells that hold more than it. No loop over values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from tegata.scan.matcher import alternation, firing, proof, whole
from tegata.scan.normalise import canonical
from tegata.scan.recogniser import Recogniser

# What makes a match the part of a longer number or word. The engine knows no look-around: what stands there is matched
# along, and then the match is no longer the value.
_BEFORE: Final = "(?:[0-9A-Za-z_]|[0-9][.-])?"
_AFTER: Final = "(?:[0-9A-Za-z_]|[.-][0-9])?"
_EDGE: Final = r"(?-u:\b)"  # of ASCII words: Japanese text runs into a number without a blank
_UNEDGED: Final = re.compile(
    r"(?:\(\?:)*(?:\\[^\w]|[^\x00-\x7f]|\[?\\p)"
)  # a pattern that does not begin with a letter or digit


@dataclass(frozen=True)
class Occurrences:
    """Where the shape of a recogniser was found, one row per occurrence: `column`; `row`, the number of its cell in the
    stack; `cell` and `value` as they stand; `canonical`, in which equal values are equal; whether it is `valid`."""

    recogniser: Recogniser
    values: pl.DataFrame


class Inside:
    """Recognisers that look into the text of any column."""

    def __init__(self, recognisers: Iterable[Recogniser]) -> None:
        self._by_shape: dict[str, list[Recogniser]] = {}
        for recogniser in recognisers:
            if recogniser.in_text:
                shape = "|".join(map(_edged, recogniser.in_text.patterns))
                self._by_shape.setdefault(shape, []).append(recogniser)
        self.any = alternation(self._by_shape)

    def find(self, cells: pl.DataFrame) -> Iterator[Occurrences]:
        """What the cells of a `matcher.STACK` hold."""
        numbered = cells.select("column", "cell").with_row_index("row")
        for shape, fired in firing(numbered, self._by_shape):
            for recogniser in self._by_shape[shape]:
                yield Occurrences(recogniser, _occurrences(recogniser, fired))


def _edged(pattern: str) -> str:
    """A pattern that matches no part of a word, as far as its own ends can tell."""
    return f"(?:{pattern})" if _UNEDGED.match(pattern) else f"{_EDGE}(?:{pattern}){_EDGE}"


@lru_cache(maxsize=1024)
def _with_neighbours(patterns: tuple[str, ...]) -> str:
    return _BEFORE + "(?:" + "|".join(patterns) + ")" + _AFTER


def _occurrences(recogniser: Recogniser, fired: pl.DataFrame) -> pl.DataFrame:
    patterns = recogniser.in_text.patterns if recogniser.in_text else ()
    found = fired.with_columns(value=pl.col("cell").str.extract_all(_with_neighbours(patterns))).explode("value")
    found = found.filter(pl.col("value").str.contains(whole(patterns)))
    value = found.get_column("value")
    form = canonical(value, recogniser.normaliser)
    valid = proof(recogniser, value, form if recogniser.validator else value)
    return found.with_columns(canonical=form, valid=valid)
