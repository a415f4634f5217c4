"""One written form for equal values: blanks trimmed, full width to half width, dashes between digits to `-`."""

from __future__ import annotations

import polars as pl

# Invisible characters that part a number without being seen: zero-width space and joiners, word joiner, BOM, soft hyphen.
_INVISIBLE = "[\u200b-\u200d\u2060\ufeff\u00ad]"
# NFKC leaves minus sign and the katakana length mark alone, and people type both between digits.
_DASH = "[\u2010-\u2015\u2212\u30fc\uff70]"


def normalise(cells: pl.Series) -> pl.Series:
    """Cells without surrounding blanks, empty ones null. Only a column with characters beyond ASCII pays for the rest."""
    name = cells.name
    if (cells.str.len_bytes().sum() or 0) != (cells.str.len_chars().sum() or 0):
        cells = _unify(cells)
    cells = cells.str.strip_chars()
    return cells.set(cells == "", None).rename(name)


def _unify(cells: pl.Series) -> pl.Series:
    cells = cells.str.normalize("NFKC").str.replace_all(_INVISIBLE, "")
    # Twice: a single digit between two dashes belongs to both matches.
    once = cells.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2")
    return once.str.replace_all(f"([0-9]){_DASH}([0-9])", "$1-$2")


def compact(cells: pl.Series) -> pl.Series:
    """Capitals without the separators that people put into numbers."""
    return cells.str.replace_all(r"[\s\-./]", "").str.to_uppercase()
