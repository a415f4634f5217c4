"""CRC-32C (Castagnoli; RFC 3720 appendix B.4), in lanes: a sum is linear, so parts of a text are summed side by side
and put together."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Words = npt.NDArray[np.uint32]

_POLYNOMIAL: Final = 0x82F63B78  # bits reversed
_LANE: Final = 1024  # bytes


def crc32c(data: bytes) -> int:
    """The sum of a text of any length."""
    lanes = len(data) // _LANE
    state = 0xFFFFFFFF
    if lanes:
        shift = _shift()
        for lane in _lanes(data[: lanes * _LANE], lanes).tolist():
            state = (
                shift[0][state & 0xFF]
                ^ shift[1][state >> 8 & 0xFF]
                ^ shift[2][state >> 16 & 0xFF]
                ^ shift[3][state >> 24]
            )
            state ^= lane
    table = _rows()
    for byte in data[lanes * _LANE :]:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    return state ^ 0xFFFFFFFF


def _lanes(data: bytes, lanes: int) -> Words:
    """The sum of each lane, begun with zero."""
    import numpy as np

    table = np.array(_rows(), np.uint32)
    columns = np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(lanes, _LANE).T)
    state = np.zeros(lanes, np.uint32)
    for column in columns:
        state = table[(state ^ column) & 0xFF] ^ (state >> np.uint32(8))
    return state


@functools.cache
def _rows() -> list[int]:
    """What each byte makes of a sum."""
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        rows.append(value)
    return rows


@functools.cache
def _shift() -> list[list[int]]:
    """What a lane of zeros makes of each byte of a sum, by its place."""
    table, shifted = _rows(), []
    for place in range(4):
        column = []
        for value in range(256):
            state = value << 8 * place
            for _ in range(_LANE):
                state = table[state & 0xFF] ^ state >> 8
            column.append(state)
        shifted.append(column)
    return shifted
