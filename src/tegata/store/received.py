"""Protocol messages that had their effect, with the reply that was given. A repetition gets it again, and no effect.

DSP messages carry no id, so a message is known by its sender, process, type and digest.
"""

from __future__ import annotations

import datetime as dt

from tegata.model.base import Noun
from tegata.store.transaction import Transaction, micros


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


def put(tx: Transaction, message: Received, reply: Reply, at: dt.datetime) -> None:
    """Remembers the reply in place of an earlier one, in the transaction of the message's effect, and when that was."""
    key = (message.peer, message.process, message.type, message.digest)
    tx.rows("keep_reply", *key, reply.status, reply.body, micros(at))


def purge(tx: Transaction, before: dt.datetime, limit: int) -> int:
    """Forgets up to `limit` of the replies that were given before that time; how many."""
    return len(tx.rows("purge_replies", micros(before), limit))
