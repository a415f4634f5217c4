"""Who has taken a piece of work upon itself, and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from typing import NamedTuple

from tegata.store.transaction import Transaction


class Lease(NamedTuple):
    """`owner` is a `Store.owner`. From `until` on the work is due for everybody, and who held it is only late: what it
    still writes is refused, since it no longer holds the row or the row has moved on."""

    owner: str
    until: dt.datetime


def end_all_but(tx: Transaction, alive: Set[str]) -> None:
    """What was held by somebody who is no more is due at once."""
    for owner in {owner for (owner,) in tx.rows("owners")} - alive:
        tx.rows("end_leases_of_processes", owner)
        tx.rows("end_leases_in_outbox", owner)
