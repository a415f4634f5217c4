"""The evidence log of one node: entry, tree and signed checkpoint over the store's rows."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

from tegata.log import HashReader, append, commitment, leaf_hash, prove_entry, root, sign_checkpoint
from tegata.model.base import Text, encode, t
from tegata.model.errors import StoreError
from tegata.model.evidence import Checkpoint, Entry, InclusionProof
from tegata.store import Transaction
from tegata.store import log as rows
from tegata.trust import SigningKey

_SALT_BYTES = 16


class DamagedLogError(StoreError, LookupError):
    """A stored hash of the tree is missing: to the tree a failed look-up, to everybody else a damaged store."""


class EvidenceLog:
    """Appends and proves. Every method works inside the caller's transaction: what it records and the record are one.

    Args:
        key: signs checkpoints; the log's origin is its did.
        random: source of salts, `secrets.token_bytes` in a node.
    """

    def __init__(self, key: SigningKey, random: Callable[[int], bytes]) -> None:
        self._key = key
        self._random = random
        self._halted: Text | None = None
        self._watchers: list[Callable[[], None]] = []

    def halt(self, why: Text) -> None:
        """Take nothing more: somebody has shown that this state is not the newest of this log."""
        self._halted = why

    def watch(self, heard: Callable[[], None]) -> None:
        """Has `heard` called, in the event loop, whenever an entry or a signature under a checkpoint is durable."""
        self._watchers.append(heard)

    def changed(self, tx: Transaction) -> None:
        """What this transaction holds is news to those who watch."""
        for heard in self._watchers:
            tx.after(heard)

    def record(
        self, tx: Transaction, kind: str, subject: str, body: dict[str, Any], at: dt.datetime
    ) -> tuple[int, Entry]:
        """Append one entry and return it with its index. It is durable when the transaction is.

        Raises StoreError after `halt`.
        """
        if self._halted is not None:
            raise StoreError(
                t("the evidence log must not go on from this state", "この状態から証拠ログを続けることはできません"),
                why=self._halted,
                hint=t("see `tegata node log resolve`", "`tegata node log resolve` で対処してください"),
            )
        salt = base64.urlsafe_b64encode(self._random(_SALT_BYTES)).decode().rstrip("=")
        entry = Entry(kind=kind, at=at, subject=subject, body=body, salt=salt)
        self.changed(tx)
        return append_bytes(tx, kind, subject, encode(entry)), entry

    def checkpoint(self, tx: Transaction) -> Checkpoint:
        """Sign the log as it stands in this transaction. Once signed, a size keeps its note and its cosignatures."""
        signed = self.signed(tx)
        if signed is not None:
            return signed
        size = rows.size(tx)
        checkpoint = sign_checkpoint(self._key.did, size, root(size, reader(tx)), self._key)
        rows.put_checkpoint(tx, size, checkpoint.note)
        return checkpoint

    def signed(self, tx: Transaction) -> Checkpoint | None:
        """The checkpoint of the log as it stands, if it was signed already."""
        note = rows.checkpoint_at(tx, rows.size(tx))
        return self._key.history.open(note) if note is not None else None

    def prove(self, tx: Transaction, index: int) -> InclusionProof:
        """Proof that entry `index` lies under a checkpoint signed now."""
        return prove_entry(index, self.checkpoint(tx), reader(tx))


def append_bytes(tx: Transaction, kind: str, subject: str, data: bytes) -> int:
    """Append an entry, or the commitment to one that nobody can read any more; its index."""
    index = rows.append(tx, kind, subject, data)
    rows.put_nodes(tx, append(index, leaf_hash(commitment(data)), reader(tx)))
    return index


def reader(tx: Transaction) -> HashReader:
    """Stored hashes of the tree. DamagedLogError when one is missing."""

    def read(level: int, index: int) -> bytes:
        value = rows.node(tx, level, index)
        if value is None:
            raise damaged(
                t(f"node {index} of level {level} is missing", f"レベル {level} のノード {index} がありません")
            )
        return value

    return read


def damaged(why: Text) -> DamagedLogError:
    return DamagedLogError(
        t("the evidence log is damaged", "証拠ログが壊れています"),
        why=why,
        hint=t("run `tegata node log check`", "`tegata node log check` を実行してください"),
    )
