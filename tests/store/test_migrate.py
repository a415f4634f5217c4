"""A schema that was migrated is the schema that was made fresh, and no other is opened."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from tegata.model.errors import StoreError
from tegata.store.connection import connect
from tegata.store.migrate import migrate
from tegata.store.sql import Migration, migrations

NEXT = Migration(len(migrations()) + 1, "0099_next", "CREATE TABLE next (a TEXT) STRICT; CREATE INDEX n ON next (a);")
BROKEN = Migration(NEXT.version, "0099_broken", "CREATE TABLE next (a TEXT); CREATE TABLE participants (a TEXT);")


def schema(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


@pytest.fixture
def connection(tmp_path: Path) -> apsw.Connection:
    return connect(tmp_path / "state.sqlite3")


def test_numbers_are_those_of_the_files_without_a_gap() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("start", range(len(migrations()) + 1))
def test_fresh_is_the_same_as_migrated(tmp_path: Path, start: int) -> None:
    steps = (*migrations(), NEXT)
    fresh, migrated = connect(tmp_path / "fresh"), connect(tmp_path / "migrated")
    migrate(fresh, steps)
    migrate(migrated, steps[:start])
    migrate(migrated, steps)
    assert schema(fresh) == schema(migrated)
    assert fresh.execute("SELECT * FROM schema_version").fetchall() == [
        (step.version, step.name, step.digest) for step in steps
    ]


def test_migrating_twice_changes_nothing(connection: apsw.Connection) -> None:
    migrate(connection, migrations())
    before = schema(connection), connection.total_changes()
    migrate(connection, migrations())
    assert (schema(connection), connection.total_changes()) == before


def test_a_step_that_fails_leaves_the_schema_as_it_was(connection: apsw.Connection) -> None:
    migrate(connection, migrations())
    before = schema(connection)
    with pytest.raises(StoreError, match="participants already exists"):
        migrate(connection, (*migrations(), BROKEN))
    assert schema(connection) == before
    migrate(connection, (*migrations(), NEXT))


def test_the_state_of_a_newer_release_is_not_touched(connection: apsw.Connection) -> None:
    migrate(connection, (*migrations(), NEXT))
    with pytest.raises(StoreError, match="written by a newer release"):
        migrate(connection, migrations())


def test_a_step_that_was_changed_after_it_was_applied_is_found(connection: apsw.Connection) -> None:
    migrate(connection, migrations())
    edited = (migrations()[0]._replace(text=migrations()[0].text + " "), *migrations()[1:])
    with pytest.raises(StoreError, match="differs from ours"):
        migrate(connection, edited)
