"""Protected copies that wait to be fetched."""

from __future__ import annotations

import msgspec

from tegata.model.base import Noun, encode
from tegata.model.evidence import Passport
from tegata.model.plan import Release
from tegata.store.transaction import Transaction


class StoredRelease(Noun, frozen=True, kw_only=True):
    """The copy made for one transfer. Only the digest of its token is kept: a thief of the store cannot fetch.

    One that is recorded and waits for witnesses has no token and no passport yet, but what the passport will say.
    """

    transfer: str
    release: Release
    path: str
    token_hash: str
    passport: str
    prepared: Passport | None = None


_DECODER = msgspec.json.Decoder(StoredRelease)


def put(tx: Transaction, release: StoredRelease) -> None:
    """Keeps the release of its transfer in place of an earlier one.

    Raises:
        ConflictError: there is no such transfer, or another one has the same token.
    """
    tx.rows("put_release", release.transfer, release.token_hash, encode(release))


def get(tx: Transaction, transfer_id: str) -> StoredRelease | None:
    payload = tx.value("get_release", transfer_id)
    return _DECODER.decode(payload) if payload else None


def by_token(tx: Transaction, token_hash: str) -> StoredRelease | None:
    payload = tx.value("release_by_token", token_hash)
    return _DECODER.decode(payload) if payload else None
