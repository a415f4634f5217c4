"""Published data sets. Publishing the same id again adds a version; the newest is the one on offer."""

from __future__ import annotations

import msgspec

from tegata.model.base import encode
from tegata.model.catalog import Dataset
from tegata.store.transaction import Transaction

_DECODER = msgspec.json.Decoder(Dataset)


def put(tx: Transaction, dataset: Dataset) -> int:
    """Adds a version and returns its number, counted from 1."""
    return int(tx.value("put_dataset", dataset.id, encode(dataset)))


def get(tx: Transaction, dataset_id: str) -> Dataset | None:
    """The newest version."""
    payload = tx.value("get_dataset", dataset_id)
    return _DECODER.decode(payload) if payload else None


def page(tx: Transaction, after: str = "", limit: int = 100) -> list[Dataset]:
    """Newest versions in the order of ids, from the first id behind `after`: the cursor is the last id of a page."""
    return [_DECODER.decode(payload) for (payload,) in tx.rows("page_datasets", after, limit)]


def page_before(tx: Transaction, before: str, limit: int = 100) -> list[Dataset]:
    """The last ones before `before`, in the order of ids too: the page that a reader came from."""
    return [_DECODER.decode(payload) for (payload,) in tx.rows("page_datasets_before", before, limit)][::-1]
