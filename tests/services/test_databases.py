"""Databases behind drivers of others, from publishing to a verified passport."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.nodes import LiveNode
from tests.services.conftest import OPEN

pytest.importorskip("adbc_driver_sqlite", reason="the ADBC driver for SQLite is not installed")


async def test_a_table_leaves_in_the_state_that_it_has_then(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    """The address stays one: it is opened again for the release."""
    file = tmp_path / "t.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE stops (code TEXT, visits INTEGER)")
        database.execute("INSERT INTO stops VALUES ('a', 3)")
        database.commit()
        dataset = await provider.publishes_at(f"adbc:sqlite:{file}#stops", OPEN)
        database.execute("INSERT INTO stops VALUES ('b', 4)")
        database.commit()
        got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed")
    assert Path(got["data"]).read_text().split() == ["code,visits", "a,3", "b,4"]
