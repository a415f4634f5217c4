"""Typed columns as the text that a table of text would hold: one column for every leaf of a structure."""

from __future__ import annotations

import polars as pl
from polars.datatypes import DataTypeClass


def text_leaves(name: str, column: pl.Expr, dtype: pl.DataType) -> list[tuple[str, pl.Expr]]:
    """Dotted name and text form of every leaf of a column; by place, because names may look like patterns."""
    if isinstance(dtype, pl.Struct):
        numbered = column.struct.rename_fields([str(place) for place in range(len(dtype.fields))])
        return [
            leaf
            for place, field in enumerate(dtype.fields)
            for leaf in text_leaves(f"{name}.{field.name}", numbered.struct.field(str(place)), _instance(field.dtype))
        ]
    text = _text(column, dtype)
    return [(name, pl.when(text != "").then(text))]


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Binary):
        return column.bin.encode("hex")
    if isinstance(dtype, pl.Duration):
        return column.dt.to_string("iso")
    if isinstance(dtype, pl.List | pl.Array):
        # Lists have no text form of their own in the engine; a structure around them has one, as JSON.
        wrapped = pl.struct(column.alias("v")).struct.json_encode()
        return pl.when(column.is_not_null()).then(wrapped.str.strip_prefix('{"v":').str.strip_suffix("}"))
    return column.cast(pl.String)
