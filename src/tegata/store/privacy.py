"""Rows about privacy budgets: what releases of statistics have lost, for each data set and recipient."""

from __future__ import annotations

from tegata.store.transaction import Transaction


def spend(tx: Transaction, transfer: str, dataset: str, recipient: str, loss: int) -> None:
    """`loss` is epsilon in billionths. Once for each transfer.

    Raises:
        ConflictError: there is no such transfer, or it has spent already.
    """
    tx.rows("put_privacy_spend", transfer, dataset, recipient, loss)


def spent(tx: Transaction, dataset: str, recipient: str) -> int:
    """Epsilon in billionths, of all releases so far."""
    return int(tx.value("privacy_spent", dataset, recipient) or 0)
