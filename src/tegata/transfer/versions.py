"""What is delivered again under an agreement, behind doors, is the next version; it says how many stay open."""

from __future__ import annotations

import datetime as dt

from tegata.exchange import Book
from tegata.model.base import Text, t
from tegata.model.process import TransferProcess
from tegata.store import Transaction, transfers, versions
from tegata.transfer.limits import agreed_limits

_OPEN = ("STARTED", "SUSPENDED")


def deliver(tx: Transaction, book: Book[TransferProcess], transfer: TransferProcess, now: dt.datetime) -> None:
    """Number the release of a transfer that starts now, and end those that the agreement keeps no longer."""
    versions.add(tx, transfer.agreement, transfer.id, now)
    most = agreed_limits(tx, transfer).versions
    older = versions.of_agreement(tx, transfer.agreement)[:-most] if most else []
    for one in older:
        ended = transfers.get(tx, one.transfer)
        if ended is not None and ended.state in _OPEN:
            book.terminate(tx, ended, "superseded", (_superseded(most),))


def _superseded(most: int) -> Text:
    return t(
        f"a newer version was delivered under the agreement, which keeps {most:,} of them open: "
        "see the doors of the newest",
        f"この合意では新しい {most:,} 版までを開いておきます。より新しい版が提供されたため終了しました。"
        "最新の入口を使ってください",
    )
