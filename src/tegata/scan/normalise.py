"""One written form for equal values: blanks trimmed, full width to half width, dashes between digits to `-`."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

import polars as pl

from tegata.scan.recogniser import Normaliser

# Characters that part a number without being seen: zero-width space and joiners, marks of direction, word joiner, BOM,
# soft hyphen.
_INVISIBLE = "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u061c]"
_FOREIGN_DIGIT = r"[\p{Nd}--[0-9]]"
# NFKC leaves minus sign and the katakana length mark alone, and people type both between digits.
_DASH = "[\u2010-\u2015\u2212\u30fc\uff70]"


# Cells of these characters alone are as NFKC leaves them: ASCII, kana without marks, unified ideographs.
_SETTLED = "^[\\x00-\\x7f\u3041-\u3096\u30a1-\u30fa\u3005\u4e00-\u9fff]*$"
_FIRST_VISIBLE = "!"  # of ASCII: what sorts before it is blank or control


def normalise(batch: pl.DataFrame, settled: Collection[str] = ()) -> pl.DataFrame:
    """Cells without surrounding blanks, empty ones null. Only columns that need it pay for more than a look, and those
    of which it is known that they are as they should be (`settled`) not even for that."""
    open_ = [name for name in batch.columns if name not in settled] if settled else batch.columns
    if not open_:
        return batch
    foreign = _which(batch, pl.col(open_).str.len_bytes().sum() != pl.col(open_).str.len_chars().sum())
    if foreign:
        batch = batch.with_columns(map(_unify, _unsettled(batch, foreign)))
    last = pl.col(open_).cast(pl.Binary).bin.get(-1, null_on_oob=True)
    edge = (pl.col(open_) < _FIRST_VISIBLE).any() | (last < ord(_FIRST_VISIBLE)).any()
    edged = sorted({*foreign, *_which(batch, edge)})
    if edged:
        batch = batch.with_columns(pl.col(edged).str.strip_chars())
        batch = batch.with_columns(pl.when(pl.col(edged) != "").then(pl.col(edged)))
    return batch


def _which(batch: pl.DataFrame, condition: pl.Expr) -> list[str]:
    """Columns of which a condition holds (an expression that gives one truth value for each column)."""
    return [name for name, holds in batch.select(condition).row(0, named=True).items() if holds]


def _unsettled(batch: pl.DataFrame, foreign: list[str]) -> list[pl.Series]:
    settled = batch.select(pl.col(foreign).str.contains(_SETTLED).all()).row(0, named=True)
    return [batch.get_column(name) for name, holds in settled.items() if not holds]


def _unify(cells: pl.Series) -> pl.Series:
    foreign = (~cells.str.contains(_SETTLED)).fill_null(value=False)
    unified = cells.filter(foreign).str.normalize("NFKC").str.replace_all(_INVISIBLE, "")
    if unified.str.contains(_FOREIGN_DIGIT).any():
        unified = unified.str.replace_many(foreign_digits())
    # Twice: a single digit between two dashes belongs to both matches.
    once = unified.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2")
    return cells.scatter(foreign.arg_true(), once.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2"))


@cache
def foreign_digits() -> Mapping[str, str]:
    """Decimal digits of every script -> ASCII."""
    digits = ((chr(code), unicodedata.decimal(chr(code), None)) for code in range(0x80, 0x1FC00))
    return {sign: str(value) for sign, value in digits if value is not None}


def canonical(cells: pl.Series, form: Normaliser) -> pl.Series:
    """Cells in the form in which a recogniser proves values and tells them apart."""
    if form == "compact":
        return compact(cells)
    if form == "digits":
        return cells.str.replace_all("[^0-9+]", "")
    if form == "letters":
        cells = cells.str.replace_all(r"\s", "")
    return cells.str.to_lowercase() if form else cells


def compact(cells: pl.Series) -> pl.Series:
    """Capitals without the separators that people put into numbers."""
    if _are_digits(cells.head(1)) and _are_digits(cells):
        return cells
    for separator in ("-", " ", ".", "/"):
        if cells.str.contains(separator, literal=True).any():
            cells = cells.str.replace_all(separator, "", literal=True)
            if _are_digits(cells):
                return cells
    return cells.str.to_uppercase()


def _are_digits(cells: pl.Series) -> bool:
    """Cheaper to tell than which separators there are. False for numbers that are longer than the engine's integers."""
    return cells.cast(pl.UInt64, strict=False).null_count() == cells.null_count()
