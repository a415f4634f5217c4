"""A schema that was migrated is the schema that was made fresh, and no other is opened. The same in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import StoreError
from tegata.store.connection import Connection
from tegata.store.migrate import migrate
from tegata.store.sql import Migration, migrations
from tegata.store.sqlite import SqliteConnection

NEXT = Migration(len(migrations()) + 1, "0099_next", "CREATE TABLE next (a TEXT) STRICT; CREATE INDEX n ON next (a);")
BROKEN = Migration(
    NEXT.version, "0099_broken", "CREATE TABLE next (a TEXT) STRICT; CREATE TABLE participants (a TEXT) STRICT;"
)

SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
POSTGRES = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default, is_identity, collation_name
    FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL, NULL
    FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL, NULL
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2, 3
"""


class Fresh:
    """Makes empty databases of one kind."""

    def __init__(self, kind: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self._kind = kind
        self._folder = folder
        self._server = request.getfixturevalue("postgres") if kind == "postgres" else None
        self.opened: list[Connection] = []

    def __call__(self) -> Connection:
        if self._server is None:
            made: Connection = SqliteConnection(self._folder / f"{len(self.opened)}.sqlite3")
        else:
            from tegata.store.postgres import PostgresConnection  # the extra may be absent

            made = PostgresConnection(self._server.url(), "test")
            made.prepare()
        self.opened.append(made)
        return made

    def schema(self, connection: Connection) -> list[tuple[Any, ...]]:
        connection.begin(write=False)
        try:
            rows = connection.execute(SQLITE if self._server is None else POSTGRES)
        finally:
            connection.rollback()
        names = {str(row[3]).split(" ON ")[-1].split(".")[0] for row in rows} if self._server else set()
        return [tuple(without(value, names) for value in row) for row in rows]


def without(value: Any, schemas: set[str]) -> Any:
    """A definition without the schema that its table lies in, which differs from run to run."""
    for schema in schemas:
        value = value.replace(f"{schema}.", "") if isinstance(value, str) else value
    return value


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    made = Fresh(request.param, tmp_path, request)
    yield made
    for connection in made.opened:
        connection.close()


def test_numbers_are_those_of_the_files_without_a_gap() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("start", range(len(migrations()) + 1))
def test_fresh_is_the_same_as_migrated(fresh: Fresh, start: int) -> None:
    steps = (*migrations(), NEXT)
    at_once, by_and_by = fresh(), fresh()
    migrate(at_once, steps)
    migrate(by_and_by, steps[:start])
    migrate(by_and_by, steps)
    assert fresh.schema(at_once) == fresh.schema(by_and_by)
    at_once.begin(write=False)
    rows = at_once.execute("SELECT version, name, digest FROM schema_version ORDER BY version")
    assert rows == [(step.version, step.name, step.digest) for step in steps]
    at_once.rollback()


def test_migrating_twice_changes_nothing(fresh: Fresh) -> None:
    connection = fresh()
    migrate(connection, migrations())
    before = fresh.schema(connection)
    migrate(connection, migrations())
    assert fresh.schema(connection) == before


def test_a_step_that_fails_leaves_the_schema_as_it_was(fresh: Fresh) -> None:
    connection = fresh()
    migrate(connection, migrations())
    before = fresh.schema(connection)
    with pytest.raises(StoreError, match=r"participants.* already exists"):
        migrate(connection, (*migrations(), BROKEN))
    assert fresh.schema(connection) == before
    migrate(connection, (*migrations(), NEXT))


def test_the_state_of_a_newer_release_is_not_touched(fresh: Fresh) -> None:
    connection = fresh()
    migrate(connection, (*migrations(), NEXT))
    with pytest.raises(StoreError, match="written by a newer release"):
        migrate(connection, migrations())


def test_a_step_that_was_changed_after_it_was_applied_is_found(fresh: Fresh) -> None:
    connection = fresh()
    migrate(connection, migrations())
    edited = (migrations()[0]._replace(text=migrations()[0].text + " "), *migrations()[1:])
    with pytest.raises(StoreError, match="differs from ours"):
        migrate(connection, edited)


COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c"
    " WHERE m.type = 'table' AND m.name <> 'sqlite_sequence' AND m.name NOT LIKE 'catalogue~_text%' ESCAPE '~'",
    "postgres": "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name NOT IN ('writers', 'catalogue_text')",
}


def test_both_databases_have_the_same_tables_and_columns(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """But for `writers`, which is no part of the state, and the full-text index, which each has in its own way."""
    found = []
    for kind, text in COLUMNS.items():
        connection = Fresh(kind, tmp_path, request)()
        migrate(connection, migrations())
        connection.begin(write=False)
        found.append(set(connection.execute(text)))
        connection.close()
    assert found[0] == found[1]
    assert len(found[0]) > 50
