"""Rows about time-stamps: how far each authority has stamped the checkpoints of this node's log."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, micros

_NEVER = dt.datetime.fromtimestamp(0, dt.UTC)


class Stamping(Noun, frozen=True, kw_only=True):
    """An authority: the size that it has stamped and when, and how often it was asked in vain since, and why."""

    authority: str
    size: int = 0
    stamped_at: dt.datetime = _NEVER
    due_at: dt.datetime = _NEVER
    attempts: int = 0
    why: str = ""


def all_stampings(tx: Transaction) -> dict[str, Stamping]:
    """By authority."""
    return {row[0]: _stamping(*row) for row in tx.rows("list_time_stamps")}


def put(tx: Transaction, one: Stamping) -> None:
    at, due = micros(one.stamped_at), micros(one.due_at)
    tx.rows("put_time_stamp", one.authority, one.size, at, due, one.attempts, one.why)


def _stamping(authority: str, size: int, stamped_at: int, due_at: int, attempts: int, why: str) -> Stamping:
    at, due = (_NEVER + dt.timedelta(microseconds=value) for value in (stamped_at, due_at))
    return Stamping(authority=authority, size=size, stamped_at=at, due_at=due, attempts=attempts, why=why)
