"""How much agents may ask in a day under one agreement, whichever of its keys they show."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tegata.doors.guard import Opened, day_of
from tegata.model.base import Text, t
from tegata.model.errors import UsageError
from tegata.store import Transaction, questions
from tegata.store.questions import Asked
from tegata.transfer.limits import limits_of

MOST_QUESTIONS, MOST_ROWS = 1_000, 100_000
"""In a UTC day; an agreement may allow fewer questions, and more where it says so."""

_QUESTIONS: Final = t("questions", "問い合わせ")
_ROWS: Final = t("rows", "行")


def allowed(opened: Opened) -> Asked:
    """As much as may be asked in a day."""
    return Asked(questions=limits_of(opened.agreement.conditions).questions or MOST_QUESTIONS, rows=MOST_ROWS)


def asked(tx: Transaction, opened: Opened, now: dt.datetime) -> Asked:
    """How much was asked today."""
    return questions.asked(tx, opened.agreement.id, day_of(now))


def refuse_beyond(tx: Transaction, opened: Opened, now: dt.datetime, rows: int = 0) -> None:
    """UsageError when one more question, answered with so many rows, is more than may be asked today."""
    most, before = allowed(opened), asked(tx, opened, now)
    if before.questions >= most.questions:
        raise _too_much(_QUESTIONS, most.questions, before.questions)
    if before.rows + rows > most.rows:
        raise _too_much(_ROWS, most.rows, before.rows)


def count(tx: Transaction, opened: Opened, now: dt.datetime, rows: int) -> None:
    """One more answer is about to leave. Raises as `refuse_beyond`."""
    refuse_beyond(tx, opened, now, rows)
    questions.count(tx, opened.agreement.id, day_of(now), rows)


def _too_much(what: Text, most: int, gone: int) -> UsageError:
    return UsageError(
        t(
            f"under this agreement {most:,} {what.en} a day are answered, and {gone:,} were",
            f"この合意で 1 日に答える{what.ja}は {most:,} までで、すでに {gone:,} に達しています",
        ),
        hint=t(
            "go on after midnight UTC, ask for figures rather than rows, or read the data through another door",
            "UTC の翌日に続けるか、行でなく集計を求めるか、別の入口から読んでください",
        ),
    )
