"""The replay gate: a token counts once, also after a restart, because it is spent in the transaction of its effect."""

from __future__ import annotations

import datetime as dt

from tegata.store.transaction import Transaction, micros


def admit(tx: Transaction, issuer: str, jti: str, expires_at: dt.datetime) -> bool:
    """Spends a token. False when it was spent before: then nothing else may happen because of it."""
    return tx.value("admit_token", issuer, jti, micros(expires_at)) is not None


def purge(tx: Transaction, expired_before: dt.datetime) -> None:
    """Forgets tokens that expired before then; the caller leaves its leeway in, so that none can be used once more."""
    tx.rows("purge_tokens", micros(expired_before))
