"""Shares of ownership as whole numbers, so that sums are exact: half is half."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

DECIMALS: Final = 10
ONE_PERCENT: Final = 10**DECIMALS
WHOLE: Final = 100 * ONE_PERCENT

_PLAIN = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?")


def read_share(raw: Any) -> int | None:
    """Per cent as written (`12.5`, `"33.3333"`) in units of 10^-10 per cent; None for what is no share.

    A share is above 0 and at most 100, with at most ten decimals.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    text = f"{Decimal(str(raw)):f}" if isinstance(raw, float) else str(raw).strip()  # never as 1e-08
    if not _PLAIN.fullmatch(text):
        return None
    share = int(Decimal(text).scaleb(DECIMALS))
    return share if 0 < share <= WHOLE else None


def percent(share: int) -> float:
    return share / ONE_PERCENT


def words(share: int) -> str:
    """As people write it: `50`, `33.3333`."""
    text = f"{Decimal(share).scaleb(-DECIMALS):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
