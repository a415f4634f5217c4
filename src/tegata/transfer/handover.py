"""What door and push ask before the first byte: is it recorded, is it whole; from then on its people have gone.

A release row exists only together with its log entry and passport (`ProviderDesk._start` writes them in one
transaction), so what can be handed over here is already proven.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import Final

import structlog

from tegata.exchange import Book
from tegata.ledger import Ledger
from tegata.model.base import t
from tegata.model.errors import ProtocolError
from tegata.model.process import TransferProcess
from tegata.store import Transaction, log, releases, transfers
from tegata.store.releases import StoredRelease

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}

_LOST = t(
    "the data that was prepared for this transfer is no longer whole on the provider's disk; ask for it again",
    "この転送のために用意したデータが提供者のディスクで失われました。改めて要求してください",
)
_log = structlog.get_logger("tegata.handover")


@dataclass(frozen=True)
class Parcel:
    """A release, and its file as it lies on the disk."""

    release: StoredRelease
    file: os.stat_result


class Handover:
    """Gives out the releases of started transfers."""

    def __init__(self, book: Book[TransferProcess], ledger: Ledger) -> None:
        self._book = book
        self._ledger = ledger

    def take(self, tx: Transaction, transfer: str) -> Parcel | None:
        """What is about to leave. In the same transaction it becomes durable that its people have gone, however the
        transfer ends. None: its file is lost, and so the transfer ends here, before anybody has gone.

        Raises:
            ProtocolError: 404, it is not started or its entry does not stand in the log.
        """
        release = recorded_release(tx, transfer)
        file = _whole_file(release)
        if file is None:
            self._end(tx, transfer)
            return None
        self._ledger.hand_out(tx, transfer)
        return Parcel(release, file)

    def _end(self, tx: Transaction, transfer: str) -> None:
        found = transfers.get(tx, transfer)
        if found is not None:
            _log.error("release.lost", transfer=transfer)
            self._book.terminate(tx, found, "release_lost", (_LOST,))


def recorded_release(tx: Transaction, transfer: str) -> StoredRelease:
    """The release of a started transfer whose entry stands in the log. ProtocolError 404 otherwise."""
    release = releases.get(tx, transfer)
    if release is None or not is_started(transfers.get(tx, transfer)) or not _recorded(tx, release):
        raise ProtocolError("not found", status=404)
    return release


def is_started(process: TransferProcess | None) -> bool:
    """Whether its data may go out."""
    return process is not None and process.state == "STARTED"


def _recorded(tx: Transaction, release: StoredRelease) -> bool:
    """No byte leaves without its entry: looked up again, however the row came to be."""
    digest = release.release.digest.encode()
    return any(digest in entry for _, entry in log.of_subject(tx, release.transfer))


def _whole_file(release: StoredRelease) -> os.stat_result | None:
    """The file with as many bytes as its passport says. What they are is proven to whoever receives them."""
    try:
        found = os.stat(release.path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) and found.st_size == release.release.size else None
