"""How deep JSON may be nested. Every reader has a limit somewhere; this one is the same for all of ours."""

from __future__ import annotations

import re
from typing import Final

MAX_DEPTH: Final = 400
"""Lists and objects inside each other."""
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]')
_STEPS: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def check_depth(data: bytes) -> None:
    """Raises ValueError for JSON that is nested deeper than `MAX_DEPTH`."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(data):
        depth += _STEPS.get(token[0], 0)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
