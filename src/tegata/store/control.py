"""Common control as ownership files told it, version by version; the newest holds."""

from __future__ import annotations

from typing import NamedTuple

from tegata.model.base import sha256
from tegata.store.transaction import Transaction


class Version(NamedTuple):
    """A number that is used again when its transaction fails, so only with the digest it tells what it is."""

    number: int
    digest: str


def put(tx: Transaction, payload: bytes) -> Version:
    """Adds a version; its number is counted from 1."""
    digest = sha256(payload)
    return Version(int(tx.value("put_control", digest, payload)), digest)


def newest(tx: Transaction) -> Version | None:
    """The newest version, None where there is none."""
    row = tx.row("newest_control")
    return Version(*row) if row else None


def get(tx: Transaction, version: Version) -> bytes:
    """Its payload. LookupError when there is no such version."""
    payload: bytes | None = tx.value("get_control", version.number)
    if payload is None:
        raise LookupError(version)
    return payload
