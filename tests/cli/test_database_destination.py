"""Received tables in databases: whole or not at all, nothing of others replaced; real engines stand for all drivers."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tegata.cli.database import word
from tegata.cli.destination import Destination, destination_at
from tegata.cli.placing import PASSPORT, placed
from tegata.cli.terminal import Terminal
from tegata.model.errors import InputError, StoreError, UsageError
from tegata.tables import open_collection
from tegata.tables.ingest import RECEIVED, Tables
from tests.cli.test_destinations import acquisition
from tests.postgres import Server
from tests.tables.contract import rows_of
from tests.tables.test_pack import FILES, written
from tests.tables.test_postgres import Database as OnServer

pytest.importorskip("adbc_driver_sqlite", reason="the ADBC driver for SQLite is not installed")

PEOPLE = b'name,town\r\n\xe6\x9d\xb1,a\r\n"O\'Hara; DROP TABLE x",\r\n'
ROWS = [("東", "a"), ("O'Hara; DROP TABLE x", None)]


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    driver = request.param
    pytest.importorskip(f"adbc_driver_{driver}", reason=f"the ADBC driver for {driver} is not installed")
    if driver == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        return f"adbc:postgresql:{OnServer(server, 'received').url}"
    return f"adbc:{driver}:{tmp_path / 'received.db'}"


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(language="en", as_json=False, quiet=True)


@pytest.fixture
def place(address: str, tmp_path: Path) -> Destination:
    return destination_at(address, tmp_path)


def there(address: str) -> dict[str, list[tuple[str | None, ...]]]:
    try:
        parts = open_collection(address).parts
    except InputError:
        return {}
    found = {part.name.rpartition(".")[2]: rows_of(part.open()) for part in parts}
    del parts
    gc.collect()  # the snapshot ends, which a writer may wait for
    return found


def test_a_table_lies_there_row_by_row(address: str, place: Destination, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(PEOPLE)
    assert not place.is_taken("people.csv")
    place.put("people.csv", tmp_path / "in.csv")
    assert place.is_taken("people.csv")
    assert there(address)["people"] == ROWS


def test_a_table_without_rows_is_one(address: str, place: Destination, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"name,town\n")
    place.put("people.csv", tmp_path / "in.csv")
    assert there(address)["people"] == []


def test_what_was_received_is_replaced_and_what_was_not_never_is(
    address: str, place: Destination, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_bytes(PEOPLE)
    place.put("people.csv", tmp_path / "in.csv")
    with pytest.raises(UsageError, match="already exists"):
        place.refuse_taken("people.csv", force=False)
    (tmp_path / "in.csv").write_bytes(b"other\n1\n")
    place.put("people.csv", tmp_path / "in.csv")
    assert there(address)["people"] == [("1",)]
    tables: Tables = place._tables  # type: ignore[attr-defined]
    with tables.statement("CREATE TABLE mine (x VARCHAR(9))") as statement:
        statement.execute_update()
    tables.connection.commit()
    with pytest.raises(StoreError, match="not received"):
        place.put("mine.csv", tmp_path / "in.csv")
    assert tables.is_taken("mine")


def test_what_breaks_off_leaves_all_as_it_was(address: str, place: Destination, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(PEOPLE)
    place.put("people.csv", tmp_path / "in.csv")
    (tmp_path / "torn.csv").write_bytes(b"a,b\n" + (b"1," + b"2" * 98 + b"\n") * 60_000 + b'3,"4')
    for name in ("people.csv", "fresh.csv"):
        with pytest.raises(StoreError, match="cannot be written"):
            place.put(name, tmp_path / "torn.csv")
    place.put("later.csv", tmp_path / "in.csv")  # which keeps what it wrote, and nothing of before
    found = there(address)
    assert sorted(found.pop(RECEIVED)) == [("later", None), ("people", None)]
    assert found == {"people": ROWS, "later": ROWS}


def test_parts_are_tables_with_manifest_and_passport_beside(
    address: str, place: Destination, tmp_path: Path, terminal: Terminal
) -> None:
    files = {name: data for name, data in FILES.items() if name.endswith(".csv")} | {"sub/people.csv": PEOPLE}
    archive = written(tmp_path / "archive", files)
    (tmp_path / "passport.jws").write_text("e30.e30.AA")
    for force in (False, True):
        done = placed(acquisition(archive, tmp_path / "passport.jws"), "my-town", place, terminal, force=force)
        assert done.passport == place.shown("my-town" + PASSPORT)
        found = there(address)
        assert {"my_town_sub_people", "my_town_a"} <= found.keys()
        assert found["my_town_sub_people"] == ROWS
        documents = {name: text for name, text in found[RECEIVED] if text}
        assert documents.keys() == {"my_town_manifest", "my_town_passport_jws"}
        assert documents["my_town_passport_jws"] == "e30.e30.AA"
    with pytest.raises(UsageError):
        placed(acquisition(archive, tmp_path / "passport.jws"), "my-town", place, terminal, force=False)


def test_what_is_no_table_is_refused(address: str, place: Destination, tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with pytest.raises(StoreError, match="cannot be written") as told:
        place.put("face.png", tmp_path / "in.png")
    assert "folder" in str(told.value)
    assert there(address) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/日本 b.csv", "a_日本_b"),
        ("x';DROP TABLE y.parquet", "x_DROP_TABLE_y"),
        ("../..", "table"),
        ("people.csv.gz", "people"),
    ],
)
def test_names_are_words(name: str, expected: str) -> None:
    assert word(name) == expected


def test_long_names_stay_apart() -> None:
    first, second = (word(f"{'長' * 60}{end}.csv") for end in "ab")
    assert first != second
    assert max(len(name.encode()) for name in (first, second)) <= 63


def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver for PostgreSQL is not installed")
    with pytest.raises(StoreError) as told:
        destination_at(f"postgresql://steward:hunter2@{tmp_path}/x?host={tmp_path}", tmp_path)
    assert "hunter2" not in str(told.value)
