"""Decisions by digest, as the very bytes that were hashed: what is replayed years later is what was decided."""

from __future__ import annotations

import msgspec

from tegata.model.base import encode, sha256
from tegata.model.decision import Decision
from tegata.store.transaction import Transaction

_DECODER = msgspec.json.Decoder(Decision)


def put(tx: Transaction, decision: Decision) -> str:
    """Keeps the decision and returns its digest. Keeping it twice is the same as once."""
    payload = encode(decision)
    tx.rows("put_decision", sha256(payload), payload)
    return sha256(payload)


def get(tx: Transaction, digest: str) -> Decision | None:
    payload = get_bytes(tx, digest)
    return _DECODER.decode(payload) if payload else None


def get_bytes(tx: Transaction, digest: str) -> bytes | None:
    payload: bytes | None = tx.value("get_decision", digest)
    return payload
