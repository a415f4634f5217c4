"""How much has left under an agreement: each transfer counts once, when its data begins to leave."""

from __future__ import annotations

from typing import NamedTuple

from tegata.store.transaction import Transaction


class Volume(NamedTuple):
    transfers: int
    bytes: int
    rows: int


def count(tx: Transaction, agreement: str, transfer: str, size: int, rows: int) -> None:
    """The data of a transfer leaves. Once is enough."""
    tx.rows("put_volume", transfer, agreement, size, rows)


def besides(tx: Transaction, agreement: str, transfer: str) -> Volume:
    """What has left under an agreement in other transfers than this one."""
    transfers, size, rows = tx.row("volume_but", agreement, transfer) or (0, 0, 0)
    return Volume(int(transfers), int(size), int(rows))
