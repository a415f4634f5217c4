"""The door: who shows a valid token gets the release and its passport, while the transfer is started, and nothing else.

A release row exists only together with its log entry and passport (`ProviderDesk._start` writes them in one
transaction), so what can be opened here is already proven.
"""

from __future__ import annotations

import hmac
from typing import Final

from tegata.ledger import Ledger
from tegata.model.errors import ProtocolError
from tegata.model.process import TransferProcess
from tegata.store import Store, Transaction, log, releases, transfers
from tegata.store.releases import StoredRelease
from tegata.transfer.secret import token_hash

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


class Door:
    """Opens releases."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def open(self, transfer: str, authorization: str) -> StoredRelease:
        """The release of a started transfer, to be handed out. ProtocolError 404 whatever is wrong.

        Before the first byte leaves it is durable that the people in it have gone, however the transfer ends.
        """

        def work(tx: Transaction) -> StoredRelease:
            release = _open(tx, transfer, authorization)
            self._ledger.hand_out(tx, transfer)
            return release

        return await self._store.write(work)

    async def still_open(self, transfer: str) -> bool:
        """Whether what is being handed out may go on: asked before each block, so that a transfer that either side has
        ended or suspended, at whichever replica, stops within one."""
        return await self._store.read(lambda tx: is_started(transfers.get(tx, transfer)))

    async def look(self, transfer: str, authorization: str) -> StoredRelease:
        """The same for its passport alone, which holds nothing of anybody."""
        return await self._store.read(lambda tx: _open(tx, transfer, authorization))


def _open(tx: Transaction, transfer: str, authorization: str) -> StoredRelease:
    scheme, _, token = authorization.partition(" ")
    release, process = releases.get(tx, transfer), transfers.get(tx, transfer)
    if release is None or process is None or scheme.lower() != "bearer":
        raise ProtocolError("not found", status=404)
    if not hmac.compare_digest(release.token_hash, token_hash(token.strip())):
        raise ProtocolError("not found", status=404)
    if process.state == "SUSPENDED":  # said only to who holds the token: coming again later may help
        raise ProtocolError("suspended", status=503)
    return recorded_release(tx, transfer)


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
