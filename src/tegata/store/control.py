"""Common control as ownership files told it, version by version; the newest holds."""

from __future__ import annotations

from tegata.store.transaction import Transaction


def put(tx: Transaction, payload: bytes) -> int:
    """Adds a version and returns its number, counted from 1."""
    return int(tx.value("put_control", payload))


def newest(tx: Transaction) -> int:
    """Number of the newest version, 0 where there is none."""
    return int(tx.value("newest_control") or 0)


def get(tx: Transaction, version: int) -> bytes | None:
    payload: bytes | None = tx.value("get_control", version)
    return payload
