"""Agreements: at most one for each negotiation, never changed."""

from __future__ import annotations

import msgspec

from tegata.model.base import encode
from tegata.model.catalog import Agreement
from tegata.store.transaction import Transaction

_DECODER = msgspec.json.Decoder(Agreement)


def insert(tx: Transaction, agreement: Agreement, negotiation_id: str) -> None:
    """Keeps the agreement that the negotiation came to.

    Raises:
        ConflictError: the negotiation has one already or does not exist, or the id is taken.
    """
    tx.rows("insert_agreement", agreement.id, negotiation_id, encode(agreement))


def get(tx: Transaction, agreement_id: str) -> Agreement | None:
    payload = tx.value("get_agreement", agreement_id)
    return _DECODER.decode(payload) if payload else None


def of_negotiation(tx: Transaction, negotiation_id: str) -> Agreement | None:
    payload = tx.value("agreement_of_negotiation", negotiation_id)
    return _DECODER.decode(payload) if payload else None


def negotiation_of(tx: Transaction, agreement_id: str) -> str | None:
    """Id of the negotiation that came to this agreement."""
    found: str | None = tx.value("negotiation_of_agreement", agreement_id)
    return found
