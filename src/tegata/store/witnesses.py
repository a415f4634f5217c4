"""Rows about witnesses: the logs that this node watches, the peers that watch its own, and forks that were found."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, from_micros, micros


class Cosigner(Noun, frozen=True, kw_only=True):
    """A peer that is asked to cosign: the size that it has cosigned, how often it was asked in vain since, and why."""

    peer: str
    size: int
    attempts: int = 0
    why: str = ""


def witnessed(tx: Transaction, origin: str) -> str | None:
    """The largest checkpoint of a log that this node has cosigned."""
    note: str | None = tx.value("get_witnessed", origin)
    return note


def put_witnessed(tx: Transaction, origin: str, note: str) -> None:
    tx.rows("put_witnessed", origin, note)


def expect(tx: Transaction, peer: str) -> None:
    """From now on, and at once, this peer is asked to cosign."""
    tx.rows("expect_cosigner", peer)


def due(tx: Transaction, now: dt.datetime, size: int, limit: int) -> list[Cosigner]:
    """Who is to be asked now, and has not yet cosigned a tree of this size; the longest due first."""
    return [_cosigner(*row) for row in tx.rows("due_cosigners", micros(now), size, limit)]


def next_due(tx: Transaction, size: int) -> dt.datetime | None:
    """When the first of those is to be asked who have not yet cosigned a tree of this size."""
    at = tx.value("next_cosigner_due", size)
    return None if at is None else from_micros(at)


def asked(tx: Transaction, cosigner: Cosigner, due_at: dt.datetime) -> None:
    """What is known of a cosigner now, and when it is asked again."""
    tx.rows("put_cosigner", cosigner.size, micros(due_at), cosigner.attempts, cosigner.why, cosigner.peer)


def cosigners(tx: Transaction) -> list[Cosigner]:
    return [_cosigner(*row) for row in tx.rows("list_cosigners")]


def put_fork(tx: Transaction, digest: str, origin: str, payload: bytes) -> bool:
    """Keeps the proof that a log was forked. False: it was known."""
    return tx.row("put_fork", digest, origin, payload) is not None


def forks(tx: Transaction) -> list[bytes]:
    return [payload for (payload,) in tx.rows("list_forks")]


def put_endorsement(tx: Transaction, digest: str, name: str, signer: str, note: str) -> bool:
    """Keeps the first endorsement by a key of a log or witness. False: there is one already."""
    return tx.row("put_endorsement", digest, name, signer, note) is not None


def endorsement(tx: Transaction, name: str, signer: str) -> str | None:
    """The signed note by which a key of a log or witness endorses the ML-DSA-44 key beside it."""
    note: str | None = tx.value("get_endorsement", name, signer)
    return note


def endorsement_of_digest(tx: Transaction, digest: str) -> str | None:
    note: str | None = tx.value("endorsement_of_digest", digest)
    return note


def put_roll(tx: Transaction, name: str, number: int, digest: str, note: str) -> None:
    """Keeps the note by which the key of a name handed it on. ConflictError: there is one of this number."""
    tx.rows("put_roll", name, number, digest, note)


def rolls(tx: Transaction, name: str) -> tuple[str, ...]:
    """All that are known of a name, oldest first."""
    return tuple(note for (note,) in tx.rows("rolls_of", name))


def roll_of_digest(tx: Transaction, digest: str) -> str | None:
    note: str | None = tx.value("roll_of_digest", digest)
    return note


def _cosigner(peer: str, size: int, attempts: int, why: str) -> Cosigner:
    return Cosigner(peer=peer, size=size, attempts=attempts, why=why)
