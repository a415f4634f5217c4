"""Rows about what releases told: one for each different release of a source, and to whom it went."""

from __future__ import annotations

from typing import NamedTuple

from tegata.store.transaction import Transaction


class Trace(NamedTuple):
    """A different release. `number` grows; `to_recipient`: whoever is asked about has got it."""

    number: int
    digest: str
    to_recipient: bool


def put(tx: Transaction, transfer: str, source: str, recipient: str, digest: str, told: bytes | None) -> None:
    """Keeps what the release of a transfer told, once however often the same is released.

    Raises:
        ConflictError: there is no such transfer, or it has a release of this source already.
    """
    tx.rows("put_trace", source, digest, told)
    tx.rows("put_traced", transfer, recipient, source, digest)


def of(tx: Transaction, source: str, recipient: str, after: int = 0) -> tuple[Trace, ...]:
    """The different releases of a source, the oldest first."""
    return tuple(Trace(n, digest, bool(got)) for n, digest, got in tx.rows("traces_of", recipient, source, after))


def told(tx: Transaction, number: int) -> bytes | None:
    return tx.value("told_by_trace", number)  # type: ignore[no-any-return]
