"""Where a counter-party wants to be called back."""

from __future__ import annotations

from tegata.model.errors import ProtocolError
from tegata.store import Transaction, participants
from tegata.store.participants import origin


def check_callback(tx: Transaction, sender: str, callback: str) -> None:
    """A participant whose address we know is called back there and nowhere else: it cannot point us at a third party.

    Raises ProtocolError. Addresses of participants without a known one still pass the outbound gate.
    """
    registered = participants.get(tx, sender)
    if registered and registered.url and origin(registered.url) != origin(callback):
        raise ProtocolError("`callbackAddress` is not at the address by which this participant is known")
