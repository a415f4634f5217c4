"""Is the log whole? Recomputed from its entries, compared with every stored hash and the latest signed checkpoint."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import msgspec

from tegata.evidence.log import reader
from tegata.log import check_log, open_checkpoint, root
from tegata.log.checkpoint import decode_hash
from tegata.model.base import Noun, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Checkpoint, Entry
from tegata.store import Transaction
from tegata.store import log as rows
from tegata.trust import PublicKey

_BATCH = 1000
_ENTRY = msgspec.json.Decoder(Entry)


class LogReport(Noun, frozen=True, kw_only=True):
    """The log is whole up to `size` entries; the latest signed checkpoint covers `signed` of them."""

    size: int
    signed: int


def check_evidence(tx: Transaction, key: PublicKey) -> LogReport:
    """Recompute the whole log. VerificationError names the first thing that does not hold."""
    size, read = rows.size(tx), reader(tx)
    signed = _signed(tx, key)
    _check_entries(tx, size)
    if signed and (signed.size > size or root(signed.size, read) != decode_hash(signed.root)):
        raise VerificationError(
            t("the log is damaged", "ログが壊れています"),
            why=t("it is not the log of its signed checkpoint", "署名済みチェックポイントのログと一致しません"),
            hint=t("restore it from a copy; do not append to it", "複製から復元し、追記しないでください"),
        )
    return LogReport(size=size, signed=signed.size if signed else 0)


def recorded(tx: Transaction) -> Iterator[Entry]:
    """All entries in order, a batch at a time."""
    return (_ENTRY.decode(data) for data in _bytes(tx))


def _signed(tx: Transaction, key: PublicKey) -> Checkpoint | None:
    note = rows.latest_checkpoint(tx)
    return open_checkpoint(note, key, key.did) if note is not None else None


def _check_entries(tx: Transaction, size: int) -> None:
    """Every entry against the stored hashes, up to the root of the tree as it stands."""
    top = base64.b64encode(root(size, reader(tx))).decode()
    check_log(_bytes(tx), reader(tx), Checkpoint(origin="", size=size, root=top, note=""))


def _bytes(tx: Transaction) -> Iterator[bytes]:
    start = 0
    while batch := rows.entries(tx, start, _BATCH):
        yield from batch
        start += len(batch)
