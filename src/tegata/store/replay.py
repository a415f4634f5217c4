"""The replay gate: a token counts once, also after a restart, because it is spent in the transaction of its effect."""

from __future__ import annotations

import datetime as dt

from tegata.store.transaction import Transaction, micros


def admit(tx: Transaction, issuer: str, jti: str, expires_at: dt.datetime) -> bool:
    """Spends a token that nobody accepts from `expires_at` on. False: it was spent before and has no effect now."""
    return tx.value("admit_token", issuer, jti, micros(expires_at)) is not None


def purge(tx: Transaction, now: dt.datetime, limit: int) -> int:
    """Forgets up to `limit` tokens that have expired, and so are refused without being known; how many."""
    return len(tx.rows("purge_tokens", micros(now), limit))
