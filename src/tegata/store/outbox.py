"""Messages to be sent, written with the state change that caused them and kept until they are answered.

Of each process one message, the oldest, is held by somebody or due for anybody; the others wait behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from tegata.model.base import encode
from tegata.model.process import Message
from tegata.store.lease import Lease
from tegata.store.transaction import Transaction, from_micros, micros

_DECODER = msgspec.json.Decoder(Message)


def add(tx: Transaction, message: Message, lease: Lease) -> bool:
    """Queues the message behind the earlier ones of its process. True when there are none: then the lease holds it.

    Raises:
        ConflictError: the process does not exist, or the id is taken.
    """
    values = (message.id, message.process, message.attempts, encode(message), micros(lease.until))
    return bool(tx.value("add_to_outbox", *values, lease.owner) == lease.owner)


def claim(tx: Transaction, now: dt.datetime, lease: Lease, limit: int = 100) -> list[Message]:
    """Takes messages whose time has come and which nobody holds any more; in the order in which they were added."""
    return _messages(tx.rows("claim_in_outbox", lease.owner, micros(lease.until), micros(now), limit))


def claim_next(tx: Transaction, process: str, lease: Lease) -> Message | None:
    """Takes the oldest message of a process, whose turn has come; None when there is none."""
    return next(iter(_messages(tx.rows("claim_next_of_process", lease.owner, micros(lease.until), process))), None)


def unanswered(tx: Transaction, process: str) -> bool:
    """Whether a message of this process is still under way."""
    return tx.value("unanswered_of_process", process) is not None


def renew(tx: Transaction, message_id: str, lease: Lease) -> None:
    """Holds on to a message, if it is still ours."""
    tx.rows("renew_in_outbox", micros(lease.until), message_id, lease.owner)


def next_due(tx: Transaction) -> dt.datetime | None:
    """When the next message is due, or the next lease ends; None when there is none: until then a sender may sleep."""
    at = tx.value("next_due_in_outbox")
    return from_micros(at) if at is not None else None


def delete(tx: Transaction, message_id: str, owner: str) -> bool:
    """Takes a message out that was answered or given up. False: it is not ours any more, and nothing has happened."""
    return tx.value("delete_from_outbox", message_id, owner) is not None


def postpone(tx: Transaction, message_id: str, owner: str, due_at: dt.datetime, attempts: int) -> None:
    """Gives a message back after `attempts` that failed, if it is still ours; it is due for anybody at `due_at`."""
    tx.rows("postpone_in_outbox", micros(due_at), attempts, message_id, owner)


def _messages(rows: Iterable[tuple[bytes, int, int]]) -> list[Message]:
    found = sorted(rows, key=lambda row: row[2])
    return [_message(payload, attempts) for payload, attempts, _ in found]


def _message(payload: bytes, attempts: int) -> Message:
    changed: dict[str, Any] = {"attempts": attempts}
    return msgspec.structs.replace(_DECODER.decode(payload), **changed)
