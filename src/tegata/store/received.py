"""Protocol messages that had their effect, with the reply that was given. A repetition gets it again, and no effect.

DSP messages carry no id, so a message is known by its sender, process, type and digest.
"""

from __future__ import annotations

from tegata.model.base import Noun
from tegata.store.transaction import Transaction


class Received(Noun, frozen=True, kw_only=True):
    """What makes two deliveries the same message. `digest` is that of its canonical bytes."""

    peer: str
    process: str
    type: str
    digest: str


class Reply(Noun, frozen=True, kw_only=True):
    """HTTP status and body that went back."""

    status: int
    body: bytes


def get(tx: Transaction, message: Received) -> Reply | None:
    """The reply that this message got before, None when it is new."""
    row = tx.row("get_reply", message.peer, message.process, message.type, message.digest)
    return Reply(status=row[0], body=row[1]) if row else None


def insert(tx: Transaction, message: Received, reply: Reply) -> None:
    """Remembers the reply, in the transaction of the message's effect.

    Raises:
        ConflictError: it was answered already.
    """
    key = (message.peer, message.process, message.type, message.digest)
    tx.rows("keep_reply", *key, reply.status, reply.body)
