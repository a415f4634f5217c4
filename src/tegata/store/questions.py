"""How much agents asked, and were answered, under an agreement in a day."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, micros


class Asked(Noun, frozen=True, kw_only=True):
    """Questions, and rows in the answers to them."""

    questions: int = 0
    rows: int = 0


def count(tx: Transaction, agreement: str, since: dt.datetime, rows: int) -> None:
    """One more question in the day that begins at `since`, answered with so many rows."""
    tx.rows("count_door_question", agreement, micros(since), rows)


def asked(tx: Transaction, agreement: str, since: dt.datetime) -> Asked:
    row = tx.row("door_questions", agreement, micros(since))
    return Asked(questions=row[0], rows=row[1]) if row else Asked()
