"""One written form for equal values: blanks trimmed, full width to half width, dashes between digits to `-`."""

from __future__ import annotations

import polars as pl

from tegata.scan.recogniser import Normaliser

# Characters that part a number without being seen: zero-width space and joiners, word joiner, BOM, soft hyphen.
_INVISIBLE = "[\u200b-\u200d\u2060\ufeff\u00ad]"
# NFKC leaves minus sign and the katakana length mark alone, and people type both between digits.
_DASH = "[\u2010-\u2015\u2212\u30fc\uff70]"


# Cells of these characters alone are as NFKC leaves them: ASCII, kana without marks, unified ideographs.
_SETTLED = "^[\\x00-\\x7f\u3041-\u3096\u30a1-\u30fa\u3005\u4e00-\u9fff]*$"


def normalise(cells: pl.Series) -> pl.Series:
    """Cells without surrounding blanks, empty ones null. Only cells with characters beyond ASCII pay for the rest."""
    if (cells.str.len_bytes().sum() or 0) != (cells.str.len_chars().sum() or 0):
        foreign = (~cells.str.contains(_SETTLED)).fill_null(value=False)
        if foreign.any():
            cells = cells.scatter(foreign.arg_true(), _unify(cells.filter(foreign)))
    cells = cells.str.strip_chars()
    empty = cells == ""
    return cells.set(empty, None) if empty.any() else cells


def _unify(cells: pl.Series) -> pl.Series:
    cells = cells.str.normalize("NFKC").str.replace_all(_INVISIBLE, "")
    # Twice: a single digit between two dashes belongs to both matches.
    once = cells.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2")
    return once.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2")


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
    if not cells.str.contains(r"[ \-./a-z]").any():
        return cells
    for separator in (" ", "-", ".", "/"):
        if cells.str.contains(separator, literal=True).any():
            cells = cells.str.replace_all(separator, "", literal=True)
    return cells.str.to_uppercase()
