"""How far others have come with this node's log: where it is published, who stamps it, who cosigns it.

Nothing waits for them, and what they miss is made up for by the next that succeeds; so a lag is a state, never a queue.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec

from tegata.log import is_commitment
from tegata.model.base import Noun
from tegata.model.evidence import Entry
from tegata.store import Transaction
from tegata.store import log as rows

Kind = Literal["publication", "time-stamp", "witness"]
LATE: Final = dt.timedelta(hours=1)


class Lag(Noun, frozen=True, kw_only=True):
    """How far one of them has come. `since` when the first entry beyond `reached` waits, as far as it can be read;
    `checkpoints` were signed beyond it. Late: an entry has waited longer than it may."""

    kind: Kind
    name: str  # of the authority or witness, address of the place
    state: Literal["up-to-date", "waiting", "late"]
    reached: int
    entries: int
    checkpoints: int
    since: dt.datetime | None
    reached_at: dt.datetime | None
    attempts: int  # in vain since
    why: str  # the last of them failed


class Reach(Noun, frozen=True, kw_only=True):
    """One of them, as the store knows it."""

    kind: Kind
    name: str
    reached: int
    reached_at: dt.datetime | None = None
    attempts: int = 0
    why: str = ""


def lag(tx: Transaction, one: Reach, now: dt.datetime, late: dt.timedelta) -> Lag:
    """How far it is behind the log as it stands."""
    size = rows.size(tx)
    waits = size > one.reached
    since = (_waiting_since(tx, one.reached) or one.reached_at) if waits else None
    return Lag(
        kind=one.kind,
        name=one.name,
        state="up-to-date" if not waits else "late" if since and now - since > late else "waiting",
        reached=one.reached,
        entries=size,
        checkpoints=rows.checkpoints_above(tx, one.reached) if waits else 0,
        since=since,
        reached_at=one.reached_at,
        attempts=one.attempts,
        why=one.why,
    )


def _waiting_since(tx: Transaction, index: int) -> dt.datetime | None:
    """When an entry was made; None where it cannot be read any more."""
    (data,) = rows.entries(tx, index, 1)
    return None if data is None or is_commitment(data) else msgspec.json.decode(data, type=Entry).at
