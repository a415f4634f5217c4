"""What was opened through a door: once for each agreement, version, file and window of time, however often it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, from_micros, micros


class Use(Noun, frozen=True, kw_only=True):
    """A file of a version (digest of the release) in the window that begins at `since`; `at`: its first use in it."""

    agreement: str
    version: str
    file: str
    since: dt.datetime
    at: dt.datetime


def count(tx: Transaction, use: Use) -> bool:
    """Keeps a use. False: it was counted in this window already."""
    since, at = micros(use.since), micros(use.at)
    return tx.row("insert_door_use", use.agreement, use.version, use.file, since, at) is not None


def page(tx: Transaction, agreement: str, after: Use | None = None, limit: int = 100) -> list[Use]:
    """Uses under an agreement by version, file and window, from the first behind `after`."""
    start = (after.version, after.file, micros(after.since)) if after else ("", "", 0)
    return [
        Use(agreement=agreement, version=version, file=file, since=from_micros(since), at=from_micros(at))
        for version, file, since, at in tx.rows("page_door_uses", agreement, *start, limit)
    ]


def of_agreement(tx: Transaction, agreement: str) -> Iterator[Use]:
    """All of them."""
    after: Use | None = None
    while found := page(tx, agreement, after):
        yield from found
        after = found[-1]
