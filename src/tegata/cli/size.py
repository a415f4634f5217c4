"""Numbers of bytes as people write them: `500`, `64K`, `1.5G` (powers of 1024)."""

from __future__ import annotations

import re
from typing import Final

from tegata.model.base import t
from tegata.model.errors import UsageError

_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)([KMGT]?)", re.IGNORECASE)
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def size(value: str) -> int:
    """A positive number of bytes. UsageError when it does not read."""
    found = _SIZE.fullmatch(value)
    number = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if not 0 < number < 1 << 63:
        hint = "write a number, with K, M, G or T: `64K`, `1.5G`"
        raise UsageError(
            t(f"`{value}` is no size", f"`{value}` はサイズではありません"),
            hint=t(hint, "数と K・M・G・T で書きます。例: `64K`、`1.5G`"),
        )
    return number
