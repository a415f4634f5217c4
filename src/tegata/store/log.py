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


def entries(tx: Transaction, start: int, count: int) -> list[bytes | None]:
    """`count` entries from index `start` on, in order; None for one that is not there."""
    return _spread(tx.rows("page_log_entries", start, count), start, count)


def replace(tx: Transaction, index: int, data: bytes) -> bool:
    """Puts other bytes in the place of an entry that may no longer be read, and forgets what it was of."""
    return tx.row("replace_log_entry", data, index) is not None


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


def nodes(tx: Transaction, level: int, first: int, count: int) -> list[bytes | None]:
    """`count` hashes of a level from index `first` on, in order; None for one that is not there."""
    return _spread(tx.rows("page_log_nodes", level, first, count), first, count)


def node_count(tx: Transaction) -> int:
    """Number of leaves: that of the entries, unless the log is damaged."""
    return int(tx.value("log_node_count"))


def put_checkpoint(tx: Transaction, tree_size: int, note: str) -> None:
    """Keeps the signed note for a tree size in place of an earlier one (with fewer cosignatures)."""
    tx.rows("put_checkpoint", tree_size, note)


def checkpoint_at(tx: Transaction, size: int) -> str | None:
    """The signed note of the tree of this size, if it was ever signed."""
    note: str | None = tx.value("get_checkpoint", size)
    return note


def checkpoints_above(tx: Transaction, size: int) -> int:
    """How many trees larger than this size were signed."""
    return int(tx.value("count_checkpoints_above", size))


def latest_checkpoint(tx: Transaction) -> str | None:
    """The signed note of the largest tree."""
    note: str | None = tx.value("latest_checkpoint")
    return note


def _spread(found: Iterable[tuple[int, bytes]], start: int, count: int) -> list[bytes | None]:
    spread: list[bytes | None] = [None] * count
    for index, value in found:
        spread[index - start] = value
    return spread
