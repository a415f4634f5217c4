"""The few sentences of SQL: what they find is what DuckDB finds, and nothing else reads."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.doors.columns import columns_of
from tegata.doors.forms import FORMS
from tegata.doors.names import TableName
from tegata.doors.query import selected
from tegata.doors.sql import read_sql
from tegata.model.errors import UsageError
from tests.doors.conftest import CITIES

NAME = TableName("tegata", "t_12345678", "data")
COLUMNS = ("code", "市", "people", "share", "since", "open", "note")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql")
    source, out, write = folder / "data.csv", folder / "data.parquet", FORMS["parquet"].write
    source.write_text(CITIES, encoding="utf-8", newline="")
    if write is None:
        raise AssertionError
    write(source, out, columns_of(source))
    return out


def found(parquet: Path, text: str) -> list[tuple[Any, ...]]:
    import polars as pl

    asked, columns = read_sql(text, NAME, COLUMNS), columns_of(parquet.with_suffix(".csv"))
    frame = selected(parquet, columns, asked.question)
    names = frame.collect_schema().names()
    if asked.names:
        frame = frame.select(pl.nth(names.index(name)) for name in asked.names)
    return (frame if asked.limit is None else frame.head(asked.limit)).collect().rows()


SENTENCES = [
    "SELECT * FROM data",
    "select PEOPLE, \"市\" from tegata.t_12345678.data where people > -10 and code in ('010006', 'it''s') ;",
    'SELECT code FROM T_12345678."data" WHERE note IS NULL',
    "SELECT code FROM data WHERE note IS NOT NULL ORDER BY code DESC LIMIT 1",
    "SELECT code FROM data WHERE since < DATE '1940-01-01' AND share >= 15.5 ORDER BY code ASC",
    "SELECT code FROM data WHERE open = TRUE AND 市 <> '大阪市'",
    "SELECT avg(share), open, count(*) FROM data GROUP BY open ORDER BY open",
    "SELECT count(DISTINCT open), max(since), min(people), sum(people), count(note) FROM data",
    "SELECT open FROM data GROUP BY open ORDER BY open DESC",
    "SELECT code FROM data LIMIT 0",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_what_is_found_is_what_another_engine_finds(parquet: Path, text: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    base = duckdb.connect()
    base.execute("ATTACH ':memory:' AS tegata; CREATE SCHEMA tegata.t_12345678; USE tegata.t_12345678")
    base.execute(f"CREATE TABLE data AS SELECT * FROM read_parquet('{parquet}')")
    assert found(parquet, text) == base.execute(text).fetchall()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "SELECT",
        "SELECT FROM data",
        "SELECT * FROM data; DROP TABLE data",
        "SELECT * FROM data WHERE",
        "SELECT * FROM data WHERE 1 = 1",
        "SELECT * FROM data WHERE code = people",
        "SELECT * FROM data WHERE code = 'a' OR code = 'b'",
        "SELECT * FROM data -- all",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM other",
        "SELECT * FROM x.tegata.t_12345678.data",
        "SELECT * FROM data, data",
        "SELECT * FROM (SELECT * FROM data)",
        "SELECT people, count(*) FROM data",
        "SELECT * FROM data GROUP BY open",
        "SELECT read_text('/etc/passwd') FROM data",
        "SELECT code FROM data UNION SELECT 1",
        "SELECT code FROM data LIMIT -1",
        "SELECT code FROM data LIMIT 1e9",
        "INSERT INTO data VALUES (1)",
        "SELECT * FROM data WHERE code IN (" + "'x'," * 300 + "'x')",
        "SELECT " + "(" * 10_000,
        "x" * 20_000,
    ],
)
def test_nothing_else_reads(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_sql(text, NAME, COLUMNS)
    assert len(str(refused.value)) < 600


@given(st.lists(st.sampled_from([*" ".join(SENTENCES).split(), "(", ")", ",", "'", '"', "\ud800", "手"]), max_size=30))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    with contextlib.suppress(UsageError):
        read_sql(" ".join(words), NAME, COLUMNS)
