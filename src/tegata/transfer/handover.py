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
from tegata.model.base import Text, t
from tegata.model.errors import ProtocolError
from tegata.model.process import TransferProcess
from tegata.store import Store, Transaction, log, releases, transfers, volumes
from tegata.store.releases import StoredRelease
from tegata.transfer.limits import Paces, over_limit
from tegata.transfer.watch import Watch, is_started

_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}

TEXTS: Final = ("csv", "jsonl")
"""Formats of which compression makes less."""


def media_of(format: str) -> str:
    """The media type of a release. What is no table has none by which a reader would run it."""
    return _MEDIA.get(format, "application/octet-stream")


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

    def __init__(self, store: Store, book: Book[TransferProcess], ledger: Ledger) -> None:
        self._store = store
        self._book = book
        self._paces = Paces()
        self._ledger = ledger

    def take(self, tx: Transaction, transfer: str) -> Parcel | None:
        """What is about to leave. In the same transaction it becomes durable that its people have gone, however the
        transfer ends, and that its volume counts. None: its file is lost, or it would be more than was agreed, and so
        the transfer ends here, before anybody has gone.

        Raises:
            ProtocolError: 404, it is not started or its entry does not stand in the log.
        """
        release = recorded_release(tx, transfer)
        file = _whole_file(release)
        if file is None:
            self._end(tx, transfer, "release_lost", _LOST)
            return None
        over = self._count(tx, release)
        if over is not None:
            self._end(tx, transfer, "limit_reached", over)
            return None
        self._ledger.hand_out(tx, transfer)
        return Parcel(release, file)

    def watch(self, transfer: str) -> Watch:
        """Tells, while a release is handed out, whether that may go on, and how fast."""
        return Watch(self._store, transfer, self._paces)

    def _count(self, tx: Transaction, stored: StoredRelease) -> Text | None:
        """Count what leaves; or why it may not, since it would be more than was agreed."""
        process, release = transfers.get(tx, stored.transfer), stored.release
        if process is None:
            return None
        over = over_limit(tx, process, release)
        if over is None:
            volumes.count(tx, process.agreement, process.id, release.size, release.rows)
        return over

    def _end(self, tx: Transaction, transfer: str, code: str, why: Text) -> None:
        found = transfers.get(tx, transfer)
        if found is not None:
            _log.error("release.ended", transfer=transfer, code=code)
            self._book.terminate(tx, found, code, (why,))


def recorded_release(tx: Transaction, transfer: str) -> StoredRelease:
    """The release of a started transfer whose entry stands in the log. ProtocolError 404 otherwise."""
    release = releases.get(tx, transfer)
    if release is None or not is_started(transfers.get(tx, transfer)) or not is_recorded(tx, release):
        raise ProtocolError("not found", status=404)
    return release


def is_recorded(tx: Transaction, release: StoredRelease) -> bool:
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
