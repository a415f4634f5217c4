"""Recognisers tried on single values: their own examples, or what an author wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from tegata.model.base import Noun
from tegata.scan.matcher import proof, whole
from tegata.scan.normalise import canonical, normalise
from tegata.scan.recogniser import Recogniser


class Trial(Noun, frozen=True, kw_only=True):
    """One value held against one recogniser. `expected` is None where nobody said what should come out."""

    recogniser: str
    value: str
    shaped: bool  # a pattern matches the whole value
    proven: bool  # and validator and range, where there are any, accept it
    expected: bool | None = None

    @property
    def passed(self) -> bool:
        return self.expected is None or self.proven == self.expected


def try_values(recogniser: Recogniser, values: Iterable[str], expected: bool | None = None) -> Iterator[Trial]:
    """Each value as a cell of a scan would be seen: trimmed, full width made half width."""
    cells = list(values)
    seen = normalise(pl.DataFrame({"cell": cells}, schema={"cell": pl.String})).get_column("cell").fill_null("")
    shaped = seen.str.contains(whole(recogniser.patterns)) if recogniser.patterns else seen != seen
    proven = shaped.clone().scatter(shaped.arg_true(), _proof(recogniser, seen.filter(shaped)))
    for cell, shape, valid in zip(cells, shaped, proven, strict=True):
        yield Trial(recogniser=recogniser.id, value=cell, shaped=shape, proven=valid, expected=expected)


def _proof(recogniser: Recogniser, shaped: pl.Series) -> pl.Series:
    return proof(recogniser, shaped, canonical(shaped, recogniser.normaliser) if recogniser.validator else shaped)


def try_examples(recognisers: Iterable[Recogniser]) -> Iterator[Trial]:
    """Every example and counterexample of every recogniser."""
    for recogniser in recognisers:
        yield from try_values(recogniser, recogniser.examples, expected=True)
        yield from try_values(recogniser, recogniser.counterexamples, expected=False)


def untried(recognisers: Iterable[Recogniser]) -> tuple[str, ...]:
    """Recognisers whose patterns or proof nothing tries: no example, or a proof that no counterexample fails."""
    return tuple(r.id for r in recognisers if r.patterns and not (r.examples and (r.counterexamples or not r.proves)))
