"""Messages to be sent, written with the state change that caused them and kept until they are answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tegata.model.base import encode
from tegata.model.process import Message
from tegata.store.transaction import Transaction, from_micros, micros

_DECODER = msgspec.json.Decoder(Message)


def add(tx: Transaction, message: Message) -> None:
    """Queues the message behind the earlier ones of its process.

    Raises:
        ConflictError: the process does not exist, or the id is taken.
    """
    tx.rows("add_to_outbox", message.id, message.process, micros(message.due_at), message.attempts, encode(message))


def due(tx: Transaction, now: dt.datetime, limit: int = 100) -> list[Message]:
    """Messages whose time has come, longest due first; of each process only the oldest, so that none overtakes."""
    return [_message(*row) for row in tx.rows("due_in_outbox", micros(now), limit)]


def next_due(tx: Transaction) -> dt.datetime | None:
    """When the next message will be due, None when there is none: until then a sender may sleep."""
    at = tx.value("next_due_in_outbox")
    return from_micros(at) if at is not None else None


def delete(tx: Transaction, message_id: str) -> None:
    """Takes a message out that was answered or given up."""
    tx.rows("delete_from_outbox", message_id)


def postpone(tx: Transaction, message_id: str, due_at: dt.datetime, attempts: int) -> None:
    """Puts the next try off after `attempts` that failed."""
    tx.rows("postpone_in_outbox", micros(due_at), attempts, message_id)


def _message(payload: bytes, due_at: int, attempts: int) -> Message:
    changed: dict[str, Any] = {"due_at": from_micros(due_at), "attempts": attempts}
    return msgspec.structs.replace(_DECODER.decode(payload), **changed)
