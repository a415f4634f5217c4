"""PostgreSQL databases, on a real server."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tegata.apart import Apart
from tegata.model.errors import InputError
from tegata.tables import Collection, open_collection
from tests.postgres import Server
from tests.tables.contract import PEOPLE, CollectionContract, SourceContract, Table, rows_of

pytest.importorskip("asyncpg", reason="the extra `postgres` is not installed")


def literal(cell: str) -> str:
    return "'" + cell.replace("'", "''") + "'" if cell else "NULL"


class Database:
    """A database of its own on the server of the tests."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        if server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            self.sql(
                "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
                "GRANT USAGE ON SCHEMA public TO PUBLIC"
            )
        else:
            server.sql(f'CREATE DATABASE "{name}"')

    @property
    def url(self) -> str:
        return f"postgresql://tegata:secret@/{self.name}?host={self.server.folder}"

    def sql(self, text: str) -> None:
        self.server.sql(text, self.name)

    def write(self, tables: Mapping[str, Table]) -> None:
        said = []
        for name, (columns, *rows) in tables.items():
            said.append(f'CREATE TABLE "{name}" ({", ".join(f"{c} text" for c in columns)})')
            values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
            said += [f'INSERT INTO "{name}" VALUES {values}'] if values else []
        self.sql("; ".join(said))

    def drop(self) -> None:
        self.server.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


@pytest.fixture
def database(postgres: Server) -> Database:
    return Database(postgres, "data")


class TestTable(SourceContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def write(self, folder: Path, table: Table) -> str:  # type: ignore[override]
        self.database = Database(self.server, "data")
        self.database.write({"people": table})
        return self.database.url

    def remove(self, place: object) -> None:
        self.database.drop()


class TestTables(CollectionContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def write(self, folder: Path, tables: Mapping[str, Table]) -> str:  # type: ignore[override]
        database = Database(self.server, "data")
        database.write(tables)
        return database.url

    def name(self, table: str) -> str:
        return f"public.{table}"


def part(found: Collection, name: str) -> list[tuple[str | None, ...]]:
    return rows_of(found.part(name).open())


def test_values_of_every_type(database: Database) -> None:
    database.sql(
        "CREATE TABLE t (n numeric, f float8, d date, at timestamptz, b bytea, l int[], j jsonb, s text,"
        ' "odd "" name" text);'
        "INSERT INTO t VALUES ('NaN', 'Infinity', '9999-12-31', '2024-01-02 03:04:05+09', '\\x00ff', '{1,2}', "
        "'{\"a\": 1}', '', 'x'), (1e30, 0.1, 'infinity', NULL, NULL, NULL, NULL, 'two\nlines', NULL)"
    )
    assert part(open_collection(database.url), "public.t") == [
        ("NaN", "Infinity", "9999-12-31", "2024-01-01 18:04:05+00", "00ff", "{1,2}", '{"a": 1}', None, "x"),
        ("1" + "0" * 30, "0.1", "infinity", None, None, None, None, "two\nlines", None),
    ]


def test_all_tables_are_seen_at_one_moment_and_nothing_is_locked(database: Database) -> None:
    database.write({"a": PEOPLE, "b": PEOPLE})
    found = open_collection(database.url)
    database.sql("INSERT INTO a VALUES ('late'); INSERT INTO b VALUES ('late'); ALTER TABLE a ADD more text")
    assert len(part(found, "public.a")) == len(part(found, "public.b")) == 3
    assert len(part(open_collection(database.url), "public.a")) == 4


def test_what_is_no_plain_table_is_read_once_or_named(database: Database) -> None:
    database.sql(
        "CREATE TABLE parts (a text) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF parts FOR VALUES IN ('x');"
        "INSERT INTO parts VALUES ('x'); CREATE TABLE parent (a text); CREATE TABLE child () INHERITS (parent);"
        "INSERT INTO child VALUES ('c'); CREATE VIEW v AS SELECT * FROM parts;"
        "CREATE MATERIALIZED VIEW m AS TABLE parts"
    )
    found = open_collection(database.url)
    assert [one.name for one in found.parts] == ["public.child", "public.m", "public.parent", "public.parts"]
    assert [part(found, one.name) for one in found.parts] == [[("c",)], [("x",)], [], [("x",)]]


def test_rows_that_the_user_may_not_see_are_never_passed_over(database: Database) -> None:
    """Row security would show less without a word; a table that may not be read would be as if it were not there."""
    database.write({"open": PEOPLE, "restricted": PEOPLE, "shut": PEOPLE})
    database.server.sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    database.sql(
        "GRANT SELECT ON open, restricted TO reader; ALTER TABLE restricted ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON restricted USING (code = 'a1')"
    )
    found = open_collection(database.url.replace("tegata:", "reader:"))
    assert [one.name for one in found.unread] == ["public.shut"]
    with pytest.raises(InputError, match="row-level security"):
        part(found, "public.restricted")
    assert len(part(found, "public.open")) == 3  # one that fails leaves the others
    database.drop()
    database.server.sql("DROP ROLE reader")


def test_the_password_is_nowhere_shown(database: Database) -> None:
    database.write({"t": PEOPLE})
    found = open_collection(database.url)
    assert str(found.path) == "postgresql://tegata@/data"
    for url in (
        database.url.replace("/data", "/nobody"),
        "postgresql://tegata:secret@127.0.0.1:1/x",
        "postgresql://tegata:secret@127.0.0.1:port/x",
        "postgresql://tegata:secret@/x?sslmode=secret",
    ):
        with pytest.raises(InputError) as told:
            open_collection(url)
        assert "secret" not in "".join([*told.value.parts("en"), *told.value.parts("ja")])
        assert told.value.__cause__ is None


def test_the_server_forgets_the_snapshot_when_nobody_reads(database: Database) -> None:
    database.write({"t": PEOPLE})
    source = open_collection(database.url).parts[0].open()
    gc.collect()
    assert len(rows_of(source)) == 3
    del source
    gc.collect()
    found = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tegata'"
    end = time.monotonic() + 10
    while database.server.sql(found) != [("0",)]:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_that_goes_away(database: Database) -> None:
    database.write({"t": PEOPLE})
    source = open_collection(database.url).parts[0].open()
    database.drop()
    with pytest.raises(InputError, match="cannot be read"):
        rows_of(source)


async def test_another_process_sees_the_very_same_state(database: Database) -> None:
    database.write({"people": PEOPLE})
    found = open_collection(database.url)
    database.sql("INSERT INTO people VALUES ('late'); CREATE TABLE later (a text)")
    for _ in range(2):
        assert await Apart(least=0).do(0, read_all, found) == (rows_of(found.parts[0].open()), False)
    del found
    gc.collect()


def read_all(found: Collection) -> tuple[list[tuple[str | None, ...]], bool]:
    """The rows of its one table, and whether this is the process of the tests."""
    return rows_of(found.parts[0].open()), multiprocessing.parent_process() is None


async def test_a_state_that_is_gone_is_not_taken_for_another(database: Database) -> None:
    database.write({"people": PEOPLE})
    found = pickle.dumps(open_collection(database.url))
    gc.collect()
    with pytest.raises(InputError):
        pickle.loads(found)
