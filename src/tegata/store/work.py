"""Steps that processes owe. That they do is written with their state (`processes`); here they are taken and done."""

from __future__ import annotations

import datetime as dt

from tegata.store.lease import Lease
from tegata.store.transaction import Transaction, from_micros, micros


def claim(tx: Transaction, now: dt.datetime, lease: Lease, limit: int = 100) -> list[str]:
    """Takes the processes whose steps are due the longest, and which nobody holds any more; their ids."""
    return [process for (process,) in tx.rows("claim_processes", lease.owner, micros(lease.until), micros(now), limit)]


def renew(tx: Transaction, process: str, lease: Lease) -> None:
    """Holds on to a process, if it is still ours."""
    tx.rows("renew_process", micros(lease.until), process, lease.owner)


def postpone(tx: Transaction, process: str, owner: str, due_at: dt.datetime) -> None:
    """Gives a process back, if it is still ours; it is due again at `due_at`."""
    tx.rows("postpone_process", micros(due_at), process, owner)


def done(tx: Transaction, process: str, version: int) -> None:
    """The process owes nothing more, unless it has moved since `version`."""
    tx.rows("done_with_process", process, version)


def next_due(tx: Transaction) -> dt.datetime | None:
    """When the next step is due, or the next lease ends; None when nothing is owed."""
    at = tx.value("next_due_process")
    return from_micros(at) if at is not None else None
