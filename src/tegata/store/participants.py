"""Parties of the data space that this node knows."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from tegata.model.base import encode
from tegata.model.catalog import Participant
from tegata.store.transaction import Transaction

_DECODER = msgspec.json.Decoder(Participant)


def origin(url: str) -> str:
    """Scheme, host and port of an address in one spelling (RFC 6454 §4); `` for the empty address."""
    parts = urlsplit(url)
    if not parts.hostname:
        return ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def put(tx: Transaction, participant: Participant) -> None:
    """Adds a participant, or replaces what is known of it."""
    tx.rows("put_participant", participant.id, origin(participant.url), encode(participant))


def get(tx: Transaction, did: str) -> Participant | None:
    payload = tx.value("get_participant", did)
    return _DECODER.decode(payload) if payload else None


def all_known(tx: Transaction) -> list[Participant]:
    """Every participant by id. A node knows as many as it has partners: hundreds, not millions."""
    return [_DECODER.decode(payload) for (payload,) in tx.rows("list_participants")]


def at_origin(tx: Transaction, url: str) -> list[Participant]:
    """Those whose address has the same scheme, host and port as `url`."""
    return [_DECODER.decode(payload) for (payload,) in tx.rows("participants_at_origin", origin(url))]
