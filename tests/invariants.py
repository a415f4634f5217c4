"""What must be true of nodes that have come to rest, whatever happened to them: simulated ones and real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tegata.evidence import check_evidence, recorded
from tegata.model.evidence import Entry
from tegata.store import Transaction, agreements, negotiations, outbox, releases, transfers
from tegata.trust import KeyHistory
from tests.moves import Move, undrawn

_ONCE = ("decision", "agreement", "release", "delivery")
_KINDS = (
    ("negotiation", negotiations, ("FINALIZED", "TERMINATED")),
    ("transfer", transfers, ("COMPLETED", "TERMINATED")),
)


@dataclass(frozen=True)
class Side:
    """A node: its store, its key, and what it has acknowledged or shown (ids of negotiations, size of its log); how its
    processes moved, where that was noted."""

    did: str
    keys: KeyHistory
    tx: Transaction
    acknowledged: Sequence[str] = ()
    shown: int = 0
    moves: Sequence[Move] = ()


def violations(sides: Sequence[Side]) -> list[str]:
    """Every promise that does not hold; empty is good."""
    by_did = {side.did: side for side in sides}
    found: list[str] = []
    for side in sides:
        entries = list(recorded(side.tx))
        own = (*_log(side, len(entries)), *_effects(side, entries), *undrawn(side.moves, entries))
        found += [f"{side.did[-6:]}: {what}" for what in own]
        for name, rows, ends in _KINDS:
            for process in rows.page(side.tx, "", 10_000):
                what = _process(side, by_did.get(process.peer), name, rows, process, ends, entries)
                found += [f"{side.did[-6:]}: {name} {process.id} {line}" for line in what]
    return found


def _log(side: Side, size: int) -> Iterator[str]:
    """It is whole, and only grows."""
    for damage in check_evidence(side.tx, side.keys).damages:
        yield f"the log does not verify: {damage.say.en}"
    if size < side.shown:
        yield f"the log was rolled back from {side.shown} to {size}"


def _effects(side: Side, entries: Sequence[Entry]) -> Iterator[str]:
    """Each message has one effect; what was acknowledged is there; nothing was released without an earlier entry."""
    kinds = Counter((entry.kind, entry.subject) for entry in entries if entry.kind in _ONCE)
    yield from (f"{kind} of {subject} is recorded {n} times" for (kind, subject), n in kinds.items() if n > 1)
    yield from (f"{id} was acknowledged and is gone" for id in side.acknowledged if not negotiations.get(side.tx, id))
    made = Counter(n.agreement for n in negotiations.page(side.tx, "", 10_000) if n.agreement)
    yield from (f"agreement {id} belongs to {n} negotiations" for id, n in made.items() if n > 1)
    for transfer in transfers.page(side.tx, "", 10_000):
        if releases.get(side.tx, transfer.id) is not None and ("release", transfer.id) not in kinds:
            yield f"{transfer.id} was released without an entry"


def _waits_for_somebody(process: Any) -> bool:
    """A party is named that is to move: who suspended a transfer, or the operator to whom something was offered."""
    if process.state == "SUSPENDED":
        return bool(process.suspended_by)
    return process.state == "OFFERED" and (process.role == "provider" or process.proposed is not None)


def _process(
    side: Side, other: Side | None, name: str, rows: Any, ours: Any, ends: tuple[str, ...], entries: Sequence[Entry]
) -> Iterator[str]:
    """Both peers end alike, and nothing waits for nobody."""
    if outbox.unanswered(side.tx, ours.id):
        yield "still has a message under way"
    if ours.dispute is not None:
        yield "is still in dispute"
    if ours.state not in ends and not _waits_for_somebody(ours):
        yield f"is stuck in {ours.state}"
    if ours.state == "FINALIZED" and agreements.get(side.tx, ours.agreement) is None:
        yield "is final without its agreement"
    theirs = rows.get(other.tx, ours.peer_pid) if other and ours.peer_pid else None
    told = any(entry.kind == f"{name}_diverged" and entry.subject == ours.id for entry in entries)
    if theirs is not None and theirs.state != ours.state and not told:
        yield f"is {ours.state} here and {theirs.state} there"
    if (
        theirs is not None
        and name == "negotiation"
        and ours.state == "FINALIZED"
        and theirs.agreement != ours.agreement
    ):
        yield "has two agreements"
