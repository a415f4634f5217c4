"""Data sets that this node fetches for itself."""

from __future__ import annotations

from typing import Final

import msgspec

from tegata.model.base import Noun, Text, encode
from tegata.store.transaction import Transaction

_MOST_EARLIER: Final = 20


class StoredAcquisition(Noun, frozen=True, kw_only=True):
    """What cannot be read from the two processes: their link, and where the data is (empty until then)."""

    negotiation: str
    title: Text
    transfer: str = ""
    address: bytes = b""  # the provider's data address as it came (pull)
    push: bool = False  # whether the provider is to bring the data
    doors: bool = False  # whether the data is to stay there, and be opened with an access key
    certificate: str = ""  # DER in base64, for whose key the provider is to encrypt
    token_hash: str = ""  # of the token with which it does (push)
    brought: str = ""  # the passport that it brought ahead of the data (push)
    data: str = ""
    size: int = 0  # bytes
    passport: str = ""
    verdict: str = ""
    earlier: tuple[StoredAcquisition, ...] = ()  # what was opened before under the same agreement, the newest last

    def opened(self) -> tuple[StoredAcquisition, ...]:
        """What was opened behind doors so far, the newest last; of many the newest."""
        own = (msgspec.structs.replace(self, earlier=()),) if self.doors and self.passport else ()
        return (*self.earlier, *own)[-_MOST_EARLIER:]


_DECODER = msgspec.json.Decoder(StoredAcquisition)


def put(tx: Transaction, acquisition: StoredAcquisition) -> None:
    """Adds an acquisition, or replaces what is known of it.

    Raises:
        ConflictError: there is no such negotiation, or the transfer belongs to another acquisition.
    """
    tx.rows("put_acquisition", acquisition.negotiation, acquisition.transfer or None, encode(acquisition))


def get(tx: Transaction, negotiation_id: str) -> StoredAcquisition | None:
    payload = tx.value("get_acquisition", negotiation_id)
    return _DECODER.decode(payload) if payload else None


def of_transfer(tx: Transaction, transfer_id: str) -> StoredAcquisition | None:
    payload = tx.value("acquisition_of_transfer", transfer_id)
    return _DECODER.decode(payload) if payload else None


def holding(tx: Transaction, transfer: str, negotiation: str) -> StoredAcquisition | None:
    """What belongs to a transfer, also once a newer one has taken its place in the acquisition."""
    newer = get(tx, negotiation)
    return of_transfer(tx, transfer) or next(
        (one for one in (newer.earlier if newer else ()) if one.transfer == transfer), None
    )
