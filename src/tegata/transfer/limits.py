"""What an agreement lets its consumer take: how often, how much, how fast."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from tegata.model.base import Text, t
from tegata.model.catalog import LIMIT_USE, UseLimits
from tegata.model.decision import Condition
from tegata.model.plan import Release
from tegata.model.process import TransferProcess
from tegata.store import Transaction, agreements, volumes

LEAST_RATE: Final = 64 << 10
"""Bytes a second: with fewer a block would not come before its reader gives up."""

_NAMES: Final = {
    "transfers": t("transfers", "転送回数"),
    "bytes": t("bytes", "バイト数"),
    "rows": t("records", "レコード数"),
}


def limits_of(conditions: Sequence[Condition]) -> UseLimits:
    """The strictest of each kind. What is no positive number is no limit: it was not made here."""
    found: dict[str, int] = {}
    for condition in conditions:
        for name, value in condition.params.items() if condition.verb == LIMIT_USE else ():
            if name in UseLimits.__struct_fields__ and type(value) is int and value > 0:
                found[name] = min(value, found.get(name, value))
    return msgspec.convert(found, UseLimits)


def agreed_limits(tx: Transaction, process: TransferProcess) -> UseLimits:
    agreement = agreements.get(tx, process.agreement)
    return limits_of(agreement.conditions if agreement else ())


def over_limit(tx: Transaction, process: TransferProcess, release: Release) -> Text | None:
    """Why a release may not leave although all else is in order: with what has left it would be more than agreed."""
    limits, taken = agreed_limits(tx, process), volumes.besides(tx, process.agreement, process.id)
    for name, more in (("transfers", 1), ("bytes", release.size), ("rows", release.rows)):
        allowed, gone = getattr(limits, name), getattr(taken, name)
        if allowed and gone + more > allowed:
            return _too_much(_NAMES[name], allowed, gone, more)
    return None


class Pace:
    """Lets bytes through at a rate, those of all connections together."""

    def __init__(self, rate: int) -> None:
        self._rate = rate  # bytes a second
        self._free = 0.0

    async def take(self, size: int) -> None:
        """Wait until so many bytes may go."""
        now = asyncio.get_running_loop().time()
        begin = max(self._free, now)
        self._free = begin + size / self._rate
        if begin > now:
            await asyncio.sleep(begin - now)


class Paces:
    """One pace for each agreement that has one, shared by all doors of this node."""

    def __init__(self) -> None:
        self._paces: dict[tuple[str, int], Pace] = {}

    def of(self, tx: Transaction, process: TransferProcess) -> Pace | None:
        rate = agreed_limits(tx, process).bytes_per_second
        return self._paces.setdefault((process.agreement, rate), Pace(rate)) if rate else None


def _too_much(what: Text, allowed: int, gone: int, more: int) -> Text:
    return t(
        f"the agreement allows {allowed:,} {what.en}: {gone:,} have gone, and this would be {more:,} more; "
        "negotiate anew for more",
        f"合意された{what.ja}の上限は {allowed:,} です。すでに {gone:,}、今回さらに {more:,} となります。"
        "超える分は改めて交渉してください",
    )
