"""Rows about the published copy of the log: how far it lies at a place."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, from_micros, micros

_NEVER = from_micros(0)


class Publication(Noun, frozen=True, kw_only=True):
    """A place: the largest size that was published there and when, and how often in vain since, and why."""

    place: str
    size: int = 0
    published_at: dt.datetime = _NEVER
    attempts: int = 0
    why: str = ""


def of_place(tx: Transaction, place: str) -> Publication:
    found = tx.row("get_publication", place)
    if found is None:
        return Publication(place=place)
    size, at, attempts, why = found
    return Publication(place=place, size=size, published_at=from_micros(at), attempts=attempts, why=why)


def put(tx: Transaction, one: Publication) -> None:
    tx.rows("put_publication", one.place, one.size, micros(one.published_at), one.attempts, one.why)
