"""Offers that were shown to somebody, with the very terms that were shown."""

from __future__ import annotations

from tegata.model.base import Noun
from tegata.store.transaction import Transaction


class StoredOffer(Noun, frozen=True, kw_only=True):
    """`terms` are the JSON bytes of the offer as it went out."""

    id: str
    dataset: str
    terms: bytes


def put(tx: Transaction, offer: StoredOffer) -> None:
    tx.rows("put_offer", offer.id, offer.dataset, offer.terms)


def get(tx: Transaction, offer_id: str) -> StoredOffer | None:
    row = tx.row("get_offer", offer_id)
    return StoredOffer(id=offer_id, dataset=row[0], terms=row[1]) if row else None
