"""Columns of text as bytes of NumPy, and back. No text of Python in between: that would hold up other threads."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes: TypeAlias = npt.NDArray[np.uint8]

_DIGITS: Final = np.frombuffer(np.arange(1 << 16, dtype=np.uint16).tobytes().hex().encode(), np.uint32)
"""Of every two bytes the four hexadecimal digits: 256 KiB, which stay in the cache of the processor."""


def joined(text: pl.Series) -> bytes:
    """The bytes of all values, one after the other."""
    data: bytes = text.str.join("").cast(pl.Binary).item()
    return data


def hexadecimal(rows: Bytes) -> Bytes:
    """ASCII digits in small letters, two for each byte of a row of shape (n, even number)."""
    count, width = rows.shape
    pairs = np.ascontiguousarray(rows).view(np.uint16)
    digits = np.take(_DIGITS, pairs, mode="wrap")  # in all modes but `raise` nothing is checked, which takes as long
    return digits.view(np.uint8).reshape(count, 2 * width)


def written(rows: Bytes, prefix: str = "") -> pl.Series:
    """Each row of UTF-8, of shape (n, width), as a text with the same ASCII prefix."""
    count, width = rows.shape
    if prefix:
        cells = np.empty(count, [("prefix", f"S{len(prefix)}"), ("row", f"V{width}")])
        cells["prefix"], cells["row"] = prefix.encode(), np.ascontiguousarray(rows).view(f"V{width}")[:, 0]
        rows = cells.view(np.uint8).reshape(count, len(prefix) + width)
    return pl.Series(rows).cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)
