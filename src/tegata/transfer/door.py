"""The door: who shows a valid token gets the release and its passport, while the transfer is started, and no more."""

from __future__ import annotations

import hmac

from tegata.model.errors import ProtocolError
from tegata.store import Store, Transaction, releases, transfers
from tegata.store.releases import StoredRelease
from tegata.transfer.handover import Handover, Parcel, recorded_release
from tegata.transfer.secret import token_hash
from tegata.transfer.watch import Watch


class Door:
    """Opens releases."""

    def __init__(self, store: Store, handover: Handover) -> None:
        self._store = store
        self._handover = handover

    async def open(self, transfer: str, authorization: str) -> Parcel:
        """The release of a started transfer, to be handed out. ProtocolError 404 whatever is wrong, but to who holds
        the token: 503 while the transfer is suspended, 410 when the file is lost and the transfer ends for it."""

        def work(tx: Transaction) -> Parcel | None:
            _admit(tx, transfer, authorization)
            return self._handover.take(tx, transfer)

        parcel = await self._store.write(work)
        if parcel is None:
            raise ProtocolError("lost", status=410)
        return parcel

    def watch(self, transfer: str) -> Watch:
        """Tells, while it is being handed out, whether that may go on."""
        return self._handover.watch(transfer)

    async def look(self, transfer: str, authorization: str) -> StoredRelease:
        """The same for its passport alone, which holds nothing of anybody."""

        def work(tx: Transaction) -> StoredRelease:
            _admit(tx, transfer, authorization)
            return recorded_release(tx, transfer)

        return await self._store.read(work)


def _admit(tx: Transaction, transfer: str, authorization: str) -> None:
    scheme, _, token = authorization.partition(" ")
    release, process = releases.get(tx, transfer), transfers.get(tx, transfer)
    if release is None or process is None or scheme.lower() != "bearer":
        raise ProtocolError("not found", status=404)
    if not hmac.compare_digest(release.token_hash, token_hash(token.strip())):
        raise ProtocolError("not found", status=404)
    if process.state == "SUSPENDED":  # said only to who holds the token: coming again later may help
        raise ProtocolError("suspended", status=503)
