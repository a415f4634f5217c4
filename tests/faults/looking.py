"""Into the stores of nodes that are processes of their own: what the invariants are asked of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw

from tegata.node.run import read_secrets
from tegata.store import Transaction
from tegata.store.sqlite import SqliteConnection
from tests.invariants import Side, violations
from tests.moves import moves_in, note_moves


def database(folder: Path) -> Path:
    return folder / "state" / "state.sqlite3"


def note_moves_of(folder: Path) -> None:
    """From now on the store of a node notes how its processes move."""
    with apsw.Connection(str(database(folder))) as raw:
        raw.set_busy_timeout(5000)
        note_moves(raw)


@contextmanager
def look(folder: Path, acknowledged: Sequence[str] = (), shown: int = 0) -> Iterator[Side]:
    """A node as its store shows it now, whether it runs or not."""
    key, connection = read_secrets(folder).key, SqliteConnection(database(folder), read_only=True)
    try:
        connection.begin(write=False)
        moves = moves_in(connection.raw)
        yield Side(key.did, key.history, Transaction(connection), acknowledged, shown, moves)
    finally:
        connection.rollback()
        connection.close()


def wrong(*folders: Path) -> list[str]:
    """What does not hold of these nodes, which are all that there are."""
    with ExitStack() as stack:
        return violations([stack.enter_context(look(folder)) for folder in folders])
