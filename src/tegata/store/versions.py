"""Versions of the tables behind doors: each transfer under an agreement whose data stays at its provider, in turn."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tegata.store.transaction import Transaction, from_micros, micros


class Delivered(NamedTuple):
    """The release of a transfer, by its number under the agreement, and when its doors opened first."""

    number: int
    transfer: str
    at: dt.datetime


def add(tx: Transaction, agreement: str, transfer: str, at: dt.datetime) -> None:
    """The next version; of a transfer that is one already, nothing.

    Raises:
        ConflictError: it has no release, or another replica has just added one under this agreement.
    """
    number = int(tx.value("next_door_version", agreement))
    tx.rows("insert_door_version", agreement, number, transfer, micros(at))


def of_agreement(tx: Transaction, agreement: str) -> list[Delivered]:
    """All that there were, in order."""
    return [
        Delivered(number, transfer, from_micros(at)) for number, transfer, at in tx.rows("door_versions", agreement)
    ]
