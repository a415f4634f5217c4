"""Stores of objects: with the client's own store in memory; a real S3 door is read in `tests/doors/test_s3.py`."""

from __future__ import annotations

import gc
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import Collection, open_collection
from tests.tables import writing
from tests.tables.contract import FILLED, PEOPLE, TABLES, CollectionContract, Table, rows_of

obstore = pytest.importorskip("obstore")
from obstore.store import MemoryStore  # noqa: E402

from tegata.tables.objects import of_store  # noqa: E402


def filled(folder: Path, prefix: str = "data") -> MemoryStore:
    """A store with every file below `folder` as an object."""
    store = MemoryStore()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            obstore.put(store, f"{prefix}/{file.relative_to(folder)}", file.read_bytes())
    return store


class TestObjects(CollectionContract):
    def write(self, folder: Path, tables: Mapping[str, Table]) -> Path:
        folder.mkdir(exist_ok=True, parents=True)
        for name, table in tables.items():
            writing.csv_file(folder / f"{name}.csv", table)
        return folder

    def name(self, table: str) -> str:
        return f"{table}.csv"

    def collection(self, folder: Path, tables: Mapping[str, Table] = TABLES) -> Collection:
        return of_store("s3://bucket/data", filled(self.write(folder, tables)), "data")


def test_what_objects_hold_is_told_by_their_bytes(tmp_path: Path) -> None:
    writing.csv_file(tmp_path / "people", PEOPLE)
    writing.sqlite(tmp_path / "clinic.csv", {"people": PEOPLE})
    with zipfile.ZipFile(tmp_path / "old", "w") as archive:
        archive.write(tmp_path / "people", "inner/people.csv")
    (tmp_path / "photo.csv").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "empty").touch()
    found = of_store("s3://bucket/data", filled(tmp_path), "data")
    assert [part.name for part in found.parts] == ["clinic.csv#people", "old/inner/people.csv", "people", "photo.csv"]
    assert [note.en for note in found.notes] == ["empty objects: 1"]
    for part in found.parts[:3]:
        assert rows_of(part.open()) == FILLED
    with pytest.raises(InputError):
        rows_of(found.parts[3].open())


def test_one_object_by_its_name(tmp_path: Path) -> None:
    writing.csv_file(tmp_path / "people.csv", PEOPLE)
    writing.csv_file(tmp_path / "people.csv.old", PEOPLE[:-1])
    found = of_store("s3://bucket/data/people.csv", filled(tmp_path), "data/people.csv")
    assert [part.name for part in found.parts] == ["people.csv"]
    assert rows_of(found.parts[0].open()) == FILLED


def test_an_object_lies_here_only_while_it_is_read(tmp_path: Path) -> None:
    writing.csv_file(tmp_path / "people.csv", PEOPLE)
    part = of_store("s3://bucket/data", filled(tmp_path), "data").parts[0]
    assert not part.file.exists()
    source = part.open()
    assert part.file.exists()
    del source
    gc.collect()
    assert not part.file.exists()


def test_what_changed_or_went_since_it_was_listed_is_told(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        writing.csv_file(tmp_path / name, PEOPLE)
    store = filled(tmp_path)
    changed, gone = of_store("s3://bucket/data", store, "data").parts
    obstore.put(store, "data/a.csv", b"other,columns\n1,2\n")
    obstore.delete(store, "data/b.csv")
    with pytest.raises(InputError, match=r"data/a\.csv") as told:
        changed.open()
    assert "changed" in told.value.parts("en")[1]
    with pytest.raises(InputError, match=r"data/b\.csv"):
        gone.open()


@pytest.mark.parametrize("address", ["s3://", "s3:///key", "s3://me@bucket/x", "s3://bucket/x?versionId=1"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_collection(address)


def test_a_store_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENDPOINT": "http://127.0.0.1:9", "ALLOW_HTTP": "true", "ACCESS_KEY_ID": "k"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    with pytest.raises(InputError) as told:
        open_collection("s3://bucket/data")
    assert "very-secret" not in str(told.value.parts("en"))


def test_a_bucket_without_tables_is_told() -> None:
    with pytest.raises(InputError, match="holds no table"):
        of_store("s3://bucket", MemoryStore(), "")
