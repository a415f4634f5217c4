"""Where data is pushed to: addresses that consumers gave, each with its secret. Nobody is shown them."""

from __future__ import annotations

from tegata.store.transaction import Transaction


def put(tx: Transaction, transfer_id: str, address: bytes) -> None:
    """Keeps the address of a transfer, as it came.

    Raises:
        ConflictError: there is no such transfer, or it has an address.
    """
    tx.rows("put_push_address", transfer_id, address)


def get(tx: Transaction, transfer_id: str) -> bytes | None:
    found: bytes | None = tx.value("get_push_address", transfer_id)
    return found


def forget(tx: Transaction, transfer_id: str) -> None:
    tx.rows("forget_push_address", transfer_id)
