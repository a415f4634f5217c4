"""Rows of the evidence log: entries as the bytes that were hashed, the nodes of its tree, and the checkpoints."""

from __future__ import annotations

from collections.abc import Iterable

from tegata.store.transaction import Transaction


def append(tx: Transaction, kind: str, subject: str, data: bytes) -> int:
    """Adds an entry behind the last one and returns its index, counted from 0."""
    return int(tx.value("append_log_entry", kind, subject, data))


def size(tx: Transaction) -> int:
    """Number of entries."""
    return int(tx.value("log_size"))


def entry(tx: Transaction, index: int) -> bytes | None:
    data: bytes | None = tx.value("get_log_entry", index)
    return data


def entries(tx: Transaction, start: int = 0, limit: int = 100) -> list[bytes]:
    """Up to `limit` entries from index `start` on, in order and without a gap."""
    return [data for (data,) in tx.rows("page_log_entries", start, limit)]


def of_subject(tx: Transaction, subject: str) -> list[tuple[int, bytes]]:
    """(index, entry) of everything that is recorded of one thing."""
    return [(index, data) for index, data in tx.rows("log_entries_of_subject", subject)]


def put_nodes(tx: Transaction, nodes: Iterable[tuple[int, int, bytes]]) -> None:
    """Keeps (level, index, SHA-256) of complete subtrees; level 0 are the leaves.

    Raises:
        ConflictError: a node is there already: the log only grows.
    """
    for level, index, value in nodes:
        tx.rows("put_log_node", level, index, value)


def node(tx: Transaction, level: int, index: int) -> bytes | None:
    value: bytes | None = tx.value("get_log_node", level, index)
    return value


def put_checkpoint(tx: Transaction, tree_size: int, note: str) -> None:
    """Keeps the signed note for a tree size in place of an earlier one (with fewer cosignatures)."""
    tx.rows("put_checkpoint", tree_size, note)


def latest_checkpoint(tx: Transaction) -> str | None:
    """The signed note of the largest tree."""
    note: str | None = tx.value("latest_checkpoint")
    return note
