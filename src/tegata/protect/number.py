"""Numbers as they stand in tables."""

from __future__ import annotations

import polars as pl


def number(text: pl.Expr) -> pl.Expr:
    """Null for text that is not a number. Full-width digits and grouping commas are read."""
    plain = text.str.normalize("NFKC").str.strip_chars().str.replace_all(r"(\d),(\d{3})", "${1}${2}")
    return plain.cast(pl.Float64, strict=False)
