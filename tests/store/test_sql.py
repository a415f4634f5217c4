"""The SQL itself: bound as written, and quick with a million rows."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
import pytest

from tegata.store import sql
from tegata.store.migrate import migrate
from tegata.store.sql import migrations, queries
from tegata.store.sqlite import SqliteConnection

SCANS = {
    "list_participants",
    "applied_migrations",
    "owners",
    "end_leases_in_outbox",
    "count_ledger_subjects_from_above",
    "count_ledger_reservations_from_above",
    "keys_of_ledger_segments",
    "due_cosigners",
    "next_cosigner_due",
    "list_cosigners",
    "list_forks",
    "list_time_stamps",
}
"""Small tables (a row for each peer), all that is unfinished, or all that a new key changes, read whole on purpose."""
WALKS = {
    "next_due_in_outbox",
    "next_due_process",
    "latest_checkpoint",
    "page_processes_in_state",
    "enter_catalogue",
    "newest_control",
    "put_control",
}  # along a key in order, until the first row

BY_INDEX = re.compile(r"SCAN \w+ VIRTUAL TABLE INDEX \d+:[^ ]").match
"""A full-text index is asked for tokens or a row; without either nothing stands behind the colon."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> apsw.Connection:
    connection = SqliteConnection(tmp_path_factory.mktemp("sql") / "state.sqlite3")
    migrate(connection, migrations())
    return connection.raw


def test_no_name_is_given_twice() -> None:
    folder = Path(sql.__file__).parent / "queries"
    names = [name for file in folder.rglob("*.sql") for name in re.findall(r"-- name: (\w+)", file.read_text())]
    assert sorted(names) == sorted((*queries(), *queries("postgres")))


@pytest.mark.parametrize("name", queries())
def test_placeholders_first_appear_in_order(name: str) -> None:
    """SQLite numbers `$1` by place; PostgreSQL by digit. Both agree when the order is the same."""
    numbers = list(dict.fromkeys(re.findall(r"\$(\d+)", queries()[name])))
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("name", [*queries(), *queries("postgres")])
def test_every_query_is_used(name: str) -> None:
    sources = [file.read_text() for file in Path(sql.__file__).parent.glob("*.py")]
    assert any(f'"{name}"' in source for source in sources)


@pytest.mark.parametrize("name", sorted(set(queries()) - SCANS - {"create_schema_version"}))
def test_no_query_reads_a_whole_table(connection: apsw.Connection, name: str) -> None:
    text = queries()[name]
    values = (None,) * len(set(re.findall(r"\$\d+", text)))
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    scans = [step for step in steps if step.startswith("SCAN") and step != "SCAN CONSTANT ROW" and not BY_INDEX(step)]
    sorts = [step for step in steps if "TEMP B-TREE" in step]
    assert not sorts
    assert not scans or name in WALKS, steps
