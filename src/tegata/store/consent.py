"""Rows about consent: acts over the people of one source, and which releases were made in which epoch."""

from __future__ import annotations

from tegata.store.transaction import Transaction


def put(tx: Transaction, source: str, epoch: int, act: bytes, subjects: bytes) -> None:
    """Raises:
    ConflictError: there is such an act already.
    """
    tx.rows("put_consent_act", source, epoch, act, subjects)


def acts(tx: Transaction, source: str) -> list[bytes]:
    """All, the oldest first."""
    return [payload for (payload,) in tx.rows("consent_acts", source)]


def subjects(tx: Transaction, source: str, epoch: int) -> bytes:
    return bytes(tx.value("consent_subjects", source, epoch) or b"")


def epoch(tx: Transaction, source: str) -> int:
    """Of the newest act; 0 where nobody was ever asked."""
    return int(tx.value("consent_epoch", source) or 0)


def start(tx: Transaction, transfer: str, source: str, epoch: int) -> None:
    """A release made in `epoch` may be fetched from now on."""
    tx.rows("put_consent_release", transfer, source, epoch)


def started(tx: Transaction, source: str, before: int) -> list[str]:
    """Transfers whose release may be fetched and was made before an epoch."""
    return [transfer for (transfer,) in tx.rows("consent_releases", source, before)]


def forget(tx: Transaction, transfer: str) -> None:
    """Its release can no longer be fetched."""
    tx.rows("forget_consent_release", transfer)
