"""AES over whole columns: one call for all blocks of a batch (FIPS 197; primitives of `cryptography` only)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK: Final = 16  # bytes
_AT_ONCE: Final = 25_000  # values; more leave the cache of the processor
Blocks: TypeAlias = npt.NDArray[np.uint64]  # shape (n, 2): one block of 16 bytes a row, bytes in order


def derived_key(key: bytes, label: bytes) -> bytes:
    """A key of 32 bytes for one use: HMAC-SHA-256(key, label)."""
    return hmac.digest(key, label, "sha256")


# What is authenticated or encrypted is a value, a one and zeros up to a whole block: different values stay different,
# and text stays text, so that a column is padded by the columnar engine. Of the subkeys of CMAC whole blocks take only
# the first (SP 800-38B, 6.2, step 4).
_PADDING: Final = pl.Series(["\x01" + "\0" * (BLOCK - 1 - rest) for rest in range(BLOCK)])


def whole_blocks(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Values padded to whole blocks, and how many blocks each has."""
    length = text.str.len_bytes()
    return text + _PADDING.gather(length % BLOCK), length // BLOCK + 1


def in_parts(values: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `work` makes of a column, some values at a time. Null stays null."""
    parts = [work(values.slice(start, _AT_ONCE)) for start in range(0, values.len(), _AT_ONCE)]
    made = (pl.concat(parts) if parts else values).alias(values.name)
    return made.zip_with(values.is_not_null(), values) if values.null_count() else made


class Aes:
    """The block cipher under one key of 16, 24 or 32 bytes."""

    def __init__(self, key: bytes) -> None:
        # ECB on a column of blocks is the bare permutation, once per row; the modes are built on top of it.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def block(self, data: bytes) -> bytes:
        return self._cipher.encryptor().update(data)

    def blocks(self, data: Blocks) -> Blocks:
        """All rows at once."""
        flat = np.ascontiguousarray(data).view(np.uint8).ravel()
        out = np.empty(flat.size + BLOCK, np.uint8)  # the interface asks for the room of a block more
        self._cipher.encryptor().update_into(flat.data, out.data)  # one of its own: threads may not share it
        return out[: flat.size].view(np.uint64).reshape(-1, 2)

    def chain(self, data: Blocks, mask: Blocks | None = None) -> Blocks:
        """CBC-MAC over rows of several blocks: `data` has shape (n, blocks, 2). `mask` is added to every last block."""
        places = [np.ascontiguousarray(place).view(np.uint64).reshape(-1, 2) for place in elements(data).T]
        if mask is not None:
            places[-1] = places[-1] ^ np.repeat(mask, len(data), axis=0)
        state = self.blocks(places[0])
        for place in places[1:]:
            state = self.blocks(state ^ place)
        return state


def elements(data: Blocks) -> npt.NDArray[np.void]:
    """Each block as one element: NumPy copies and picks those ten times faster than rows of two words."""
    return np.ascontiguousarray(data).view(f"V{BLOCK}")[..., 0]


def doubled(block: bytes) -> bytes:
    """Multiplication by x in the field of 2^128 elements (SP 800-38B, 6.1)."""
    shifted = int.from_bytes(block) << 1
    return (shifted ^ (shifted >> 128) * ((1 << 128) | 0x87)).to_bytes(BLOCK)


def one_block(data: bytes) -> Blocks:
    """A block as a row that applies to every row of a column."""
    return np.frombuffer(data, np.uint64).reshape(1, 2)
