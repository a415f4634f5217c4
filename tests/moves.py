"""Every move of every process, noted by the database itself in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import apsw

from tegata.model.evidence import Entry
from tegata.wire.dsp.machine import Machine
from tegata.wire.dsp.negotiation import NEGOTIATION
from tegata.wire.dsp.transfer import TRANSFER

_MACHINES: Final[dict[str, Machine[Any, Any]]] = {"negotiation": NEGOTIATION, "transfer": TRANSFER}
_NOTING: Final = """
CREATE TABLE IF NOT EXISTS moves (process TEXT, kind TEXT, before TEXT, after TEXT);
CREATE TRIGGER IF NOT EXISTS moved AFTER UPDATE OF state ON processes WHEN OLD.state <> NEW.state
BEGIN INSERT INTO moves VALUES (OLD.id, OLD.kind, OLD.state, NEW.state); END;
"""


class Move(NamedTuple):
    process: str
    kind: str
    before: str
    after: str


def note_moves(raw: apsw.Connection) -> None:
    """From now on, whoever writes."""
    raw.execute(_NOTING)


def moves_in(raw: apsw.Connection) -> list[Move]:
    return [Move(*row) for row in raw.execute("SELECT process, kind, before, after FROM moves ORDER BY rowid")]


def undrawn(moves: Sequence[Move], entries: Sequence[Entry]) -> Iterator[str]:
    """Moves that are not in the table of the protocol, and were not made to agree with the peer again."""
    agreed = {
        (entry.subject, entry.body["ours"], entry.body["theirs"])
        for entry in entries
        if entry.kind.endswith("_reconciled")
    }
    for one in moves:
        drawn = any((row.state, row.next) == (one.before, one.after) for row in _MACHINES[one.kind].table)
        if not drawn and (one.process, one.before, one.after) not in agreed:
            yield f"{one.kind} {one.process} went from {one.before} to {one.after}"
