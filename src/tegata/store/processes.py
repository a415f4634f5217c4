"""Contract negotiations and transfer processes: two kinds of row with one life.

A process is read, moved by its state machine, and written back under guard of the version that was read,
so that two messages which arrive together cannot both move it.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from tegata.model.base import encode, t
from tegata.model.process import Negotiation, Role, TransferProcess
from tegata.store.connection import ConflictError
from tegata.store.lease import Lease
from tegata.store.transaction import Transaction, micros

P = TypeVar("P", Negotiation, TransferProcess)


class Processes(Generic[P]):
    """The rows of one kind."""

    def __init__(self, kind: str, noun: type[P]) -> None:
        self._kind = kind
        self._decoder: msgspec.json.Decoder[P] = msgspec.json.Decoder(noun)

    def insert(self, tx: Transaction, process: P, lease: Lease | None = None) -> None:
        """Adds a new process; with the lease of whoever takes the step that it owes, if it owes one (`work`).

        Raises:
            ConflictError: its id is taken, or this peer already has a process with this `peer_pid` in this role.
        """
        peer = (process.peer, process.peer_pid)
        tx.rows(
            "insert_process",
            process.id,
            self._kind,
            process.role,
            *peer,
            process.state,
            process.version,
            encode(process),
            *_due(lease),
        )

    def get(self, tx: Transaction, process_id: str) -> P | None:
        return self._one(tx, "get_process", process_id, self._kind)

    def of_peer(self, tx: Transaction, peer: str, peer_pid: str, role: Role) -> P | None:
        """The process that `peer` calls `peer_pid` and in which we have `role`."""
        return self._one(tx, "process_by_peer", peer, peer_pid, role, self._kind)

    def update(self, tx: Transaction, process: P, lease: Lease | None = None) -> P:
        """Writes the moved process, whose `version` is the one that was read, and returns it with the next version.

        `lease`: of whoever takes the step that it owes now; None when it owes none.

        Raises:
            ConflictError: somebody else moved it in between.
        """
        moved = msgspec.structs.replace(process, version=process.version + 1)
        values = (moved.peer_pid, moved.state, moved.version, encode(moved), *_due(lease))
        if tx.value("update_process", *values, moved.id, self._kind) is None:
            raise ConflictError(
                t(f"`{process.id}` was not changed", f"`{process.id}` は変更されませんでした"),
                why=t("it was changed by somebody else in between", "その間にほかから変更されました"),
                hint=t("read it again and decide anew", "読み直して判断し直してください"),
            )
        return moved

    def page(self, tx: Transaction, after: str = "", limit: int = 100) -> list[P]:
        """Processes in the order of ids, from the first id behind `after`."""
        rows = tx.rows("page_processes", after, self._kind, limit)
        return [self._decoder.decode(payload) for (payload,) in rows]

    def in_state(self, tx: Transaction, state: str, after: str = "", limit: int = 100) -> list[P]:
        """Processes in `state` in the order of ids, from the first id behind `after`. Walks past all others: a report,
        not a way to find work."""
        rows = tx.rows("page_processes_in_state", after, self._kind, state, limit)
        return [self._decoder.decode(payload) for (payload,) in rows]

    def _one(self, tx: Transaction, query: str, *values: str) -> P | None:
        payload = tx.value(query, *values)
        return self._decoder.decode(payload) if payload else None


def _due(lease: Lease | None) -> tuple[int | None, str]:
    return (micros(lease.until), lease.owner) if lease else (None, "")


negotiations = Processes("negotiation", Negotiation)
transfers = Processes("transfer", TransferProcess)


def count_offers(tx: Transaction, peer: str) -> int:
    """How many offers of a provider this node has neither taken nor refused."""
    return int(tx.value("count_offers", peer))
