"""Parquet: read in slices, every column as text, structures as dotted columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
from polars.datatypes import DataTypeClass

from tegata.model.base import Progress, t
from tegata.model.errors import InputError
from tegata.model.profile import SourceFormat
from tegata.tables.header import unique_names
from tegata.tables.source import (
    FRAME_CELLS,
    MAX_COLUMNS,
    Source,
    changed,
    digest_file,
    file_size,
    frame_rows,
    too_many_columns,
)

_SLAB: Final = 4 << 20  # bytes of the file; unpacked they are some five times as many


class ParquetSource(Source):
    """A Parquet file. Fields of structures become columns `a.b`, lists JSON text, bytes hexadecimal digits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = file_size(path)
        self.format = SourceFormat(format="parquet")
        try:
            # glob=False: brackets and stars in a file name are part of the name
            self._table = pl.scan_parquet(path, glob=False, low_memory=True)
            schema = self._table.collect_schema()
            leaves = [
                leaf
                for place, (name, dtype) in enumerate(schema.items())
                for leaf in _leaves(name, pl.nth(place), dtype)
            ]
            self._rows = int(self._table.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _damaged(path, error) from error
        if len(leaves) > MAX_COLUMNS:
            raise too_many_columns(path, len(leaves))
        self.columns = unique_names([name for name, _ in leaves])
        self._texts = [text.alias(name) for name, (_, text) in zip(self.columns, leaves, strict=True)]

    @property
    def _slab(self) -> int:
        """Rows that are read in one go: of a group of rows the engine unpacks most, however few are asked for."""
        packed = max(1, self.size // max(1, self._rows))
        return max(frame_rows(len(self.columns)), min(_SLAB // packed, FRAME_CELLS // max(1, len(self.columns))))

    def _read(self, progress: Progress | None) -> Iterator[pl.DataFrame]:
        before = digest_file(self.path)
        done = 0
        rows = frame_rows(len(self.columns))
        for offset in range(0, self._rows, self._slab):
            try:
                slab = self._table.slice(offset, self._slab).select(self._texts).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise _damaged(self.path, error) from error
            for frame in slab.iter_slices(rows):
                done += frame.height
                if progress is not None:
                    progress(self.size * done // self._rows, self.size)
                yield frame
        if digest_file(self.path) != before:
            raise changed(self.path)
        self._digest = before


def _leaves(name: str, column: pl.Expr, dtype: pl.DataType) -> list[tuple[str, pl.Expr]]:
    """Dotted name and text form of every leaf of a column; by place, because names may look like patterns."""
    if isinstance(dtype, pl.Struct):
        numbered = column.struct.rename_fields([str(place) for place in range(len(dtype.fields))])
        return [
            leaf
            for place, field in enumerate(dtype.fields)
            for leaf in _leaves(f"{name}.{field.name}", numbered.struct.field(str(place)), _instance(field.dtype))
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


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        t(f"`{path}` cannot be read as Parquet", f"`{path}` を Parquet として読み取れません"),
        why=str(error).splitlines()[0] if str(error) else "",
        hint=t("copy or export the file again", "ファイルをもう一度コピーするか、書き出し直してください"),
    )
