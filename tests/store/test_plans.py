"""No query on PostgreSQL reads rows that it was not asked for: each finds them by an index, however many there are."""

from __future__ import annotations

import re

import pytest

from tegata.store.migrate import migrate
from tegata.store.sql import migrations, queries
from tests.postgres import Server
from tests.store.test_sql import SCANS

pytest.importorskip("asyncpg", reason="the extra `postgres` is not installed")
from tegata.store.postgres import PostgresConnection, apart

UNDECIDED = "SET enable_seqscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan"


@pytest.fixture(scope="module")
def plans(postgres: Server) -> dict[str, str]:
    """How each query would be carried out for values that nobody knows, when reading all rows is the last resort."""
    connection = PostgresConnection(postgres.url(), "plans")

    def explain() -> dict[str, str]:
        connection.prepare()
        migrate(connection, migrations())
        connection.script(UNDECIDED)
        found = {}
        for name, text in queries().items():
            values = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", text))))
            if not name.startswith("create"):
                connection.script(f"PREPARE p AS {text}")
                rows = connection.execute(f"EXPLAIN EXECUTE p({values})" if values else "EXPLAIN EXECUTE p")
                found[name] = "\n".join(row[0] for row in rows)
                connection.script("DEALLOCATE p")
        return found

    try:
        return apart(explain)
    finally:
        connection.close()


@pytest.mark.parametrize("name", sorted(set(queries()) - SCANS - {"create_schema_version"}))
def test_no_query_reads_a_whole_table(plans: dict[str, str], name: str) -> None:
    assert "Seq Scan" not in plans[name], plans[name]


def test_a_query_that_does_is_seen(plans: dict[str, str]) -> None:
    assert "Seq Scan" in plans["end_leases_in_outbox"]


def test_what_is_due_is_found_without_those_that_are_finished(plans: dict[str, str]) -> None:
    for name in ("claim_processes", "next_due_process"):
        assert "processes_by_due" in plans[name]
