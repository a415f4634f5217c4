"""Ever coarser values of a column: each level is made of the one below, so that groups can only grow together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from tegata.model.base import Text, t
from tegata.model.plan import Dates, Grid, Hierarchy, Prefixes, Ranges, Taxonomy
from tegata.protect.dates import coarser
from tegata.protect.guarantee import coarser_words, grid_words
from tegata.protect.location import rounded
from tegata.protect.operations import each_once, number_range
from tegata.protect.taxonomy import depth

NOTHING: Final = "*"


class Level(NamedTuple):
    """One step up: `make` takes the values of the level below; `words` say what is still known then."""

    words: Text
    make: Callable[[pl.Expr], pl.Expr]


def levels(hierarchy: Hierarchy) -> tuple[Level, ...]:
    """From the value as it is to nothing."""
    as_it_is = Level(t("the value is known as it is", "値はそのまま分かります"), lambda text: text)
    nothing = Level(t("nothing is known of it", "何も分かりません"), lambda _: pl.lit(NOTHING))
    return as_it_is, *_between(hierarchy), nothing


def raised(values: pl.Series, way: Sequence[Level]) -> pl.Series:
    """Up all the levels, one by one (an expression of expressions would grow by their product)."""
    return each_once(values, *(level.make for level in way))


def _between(hierarchy: Hierarchy) -> list[Level]:
    match hierarchy:
        case Ranges(widths=widths):
            return [Level(_range_words(width), partial(_range, width=width)) for width in widths]
        case Dates(to=units):
            return [Level(coarser_words(unit), partial(coarser, unit=unit)) for unit in units]
        case Prefixes(lengths=lengths):
            return [Level(_head_words(n), partial(_head, n=n)) for n in lengths]
        case Grid(min_errors_m=errors):
            return [Level(grid_words(error), partial(rounded, min_error_m=error)) for error in errors]
        case Taxonomy(parents=parents):
            up = partial(_parent, parents=parents)
            return [Level(_taxon_words(height + 1), up) for height in range(depth(parents))]


def _range(text: pl.Expr, width: int) -> pl.Expr:
    """Of a number, or of a range of a width that divides this one."""
    return number_range(pl.coalesce(text.str.extract(r"^(-?\d+)\.\."), text), width)


def _range_words(width: int) -> Text:
    return t(f"a range of width {width:,} is known", f"幅 {width:,} の区間が分かります")


def _head_words(n: int) -> Text:
    return t(f"the first {n} characters are known", f"先頭 {n} 文字が分かります")


def _head(text: pl.Expr, n: int) -> pl.Expr:
    return text.str.head(n)


def _parent(text: pl.Expr, parents: Mapping[str, str]) -> pl.Expr:
    return text.replace(parents)


def _taxon_words(height: int) -> Text:
    return t(f"what it belongs to {height} levels up is known", f"{height} 段上の分類が分かります")
