"""Data sets of several parts between two nodes: one decision, one release, one passport, and a folder at the end."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
import zipfile
from pathlib import Path

from tegata.tables import Collection
from tegata.tables.unpack import digest_folder, unpack
from tegata.trust import open_passport
from tests.nodes import LiveNode
from tests.postgres import Server
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal
from tests.services.test_opaque import picture


def clinic(folder: Path) -> Path:
    """Two tables about the same people."""
    folder.mkdir(parents=True)
    patients(folder / "patients.csv")
    lines = ["patient_id,visited_on,icd10", *(f"P{n % 40:05d},2026-01-{1 + n % 28:02d},E11.{n % 9}" for n in range(90))]
    (folder / "visits.csv").write_text("\n".join(lines) + "\n")
    return folder


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


async def test_a_folder_arrives_as_one_release(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(clinic(tmp_path / "clinic"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got["reasons"]
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert [(one.name, one.file, one.rows) for one in manifest.files] == [
        ("patients.csv", "patients.csv", 40),
        ("visits.csv", "visits.csv", 90),
    ]
    people, visits = rows(tmp_path / "got" / "patients.csv"), rows(tmp_path / "got" / "visits.csv")
    assert "氏名" not in people[0], "names are dropped by the house policy"
    known = {row["patient_id"] for row in people}
    assert not any(person.startswith("P0") for person in known), "numbers are pseudonyms"
    assert {row["patient_id"] for row in visits} == known, "and the same ones in both tables"
    passport = open_passport(Path(got["passport"]).read_text())
    assert (passport.data_digest, passport.data_size) == digest_folder(tmp_path / "got")
    assert passport.profile.rows == 130


async def test_pictures_among_tables_leave_only_when_nothing_has_to_be_done(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    postal(folder / "postal.csv")
    picture(folder / "map.png")
    (folder / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    got = await consumer.acquires("Example Provider", await provider.publishes(folder, OPEN))
    assert got["phase"] == "done", got["reasons"]
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert [one.file for one in manifest.files] == ["map.png", "postal.csv"]
    assert manifest.withheld == 1, "what is damaged stays, and its name too"
    assert "broken" not in (tmp_path / "got" / "manifest.json").read_text()
    assert (tmp_path / "got" / "map.png").read_bytes() == (folder / "map.png").read_bytes()


async def test_pictures_stay_where_tables_have_to_be_protected(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    folder = clinic(tmp_path / "clinic")
    picture(folder / "x-ray.dcm")
    facts = ENTRUSTED | {
        "data.personal": True,
        "data.categories": ["health", "identifier.contact"],
        "data.identifiers": ["contact"],
        "data.form": "identified",
    }
    got = await consumer.acquires("Example Provider", await provider.publishes(folder, facts))
    assert got["phase"] == "done", got["reasons"]
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert ([one.file for one in manifest.files], manifest.withheld) == (["patients.csv", "visits.csv"], 1)


async def test_names_of_parts_are_looked_at_too(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    folder = clinic(tmp_path / "clinic")
    (folder / "visits.csv").rename(folder / "visits of hanako@example.org.csv")
    got = await consumer.acquires("Example Provider", await provider.publishes(folder, ENTRUSTED))
    assert (got["phase"], got["code"]) == ("failed", "exposure"), got["reasons"]
    assert not list((provider.folder / "releases").rglob("data*"))


async def test_a_folder_of_pictures(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    for n in range(3):
        picture(folder / f"{n}.png", 1000 + n)
    got = await consumer.acquires("Example Provider", await provider.publishes(folder, OPEN))
    assert got["phase"] == "done", got["reasons"]
    assert len(unpack(Path(got["data"]), tmp_path / "got").files) == 3


async def test_a_part_that_came_later_does_not_leave(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    postal(folder / "postal.csv")
    picture(folder / "map.png")
    dataset = await provider.publishes(folder, OPEN)
    picture(folder / "another.png")
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["code"]) == ("failed", "verification"), got["reasons"]
    assert not list((provider.folder / "releases").rglob("data*"))


async def test_other_tables_are_scanned_and_decided_on_anew(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    folder = clinic(tmp_path / "clinic")
    dataset = await provider.publishes(folder, ENTRUSTED)
    postal(folder / "postal.csv")
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    assert len(unpack(Path(got["data"]), tmp_path / "got").files) == 3


async def test_archives_and_databases(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "town.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(postal(tmp_path / "postal.csv"), "../../escape/postal.csv")
        archive.write(postal(tmp_path / "postal.csv"), "town/postal.csv")
    with sqlite3.connect(tmp_path / "town.sqlite") as database:
        database.execute("CREATE TABLE places (code TEXT, name TEXT)")
        database.execute("CREATE TABLE streets (code TEXT, name TEXT)")
        database.executemany("INSERT INTO places VALUES (?, ?)", [("1", "A"), ("2", "B")])
        database.executemany("INSERT INTO streets VALUES (?, ?)", [("1", "A"), ("2", "B")])
    database.close()
    expected = {"town.zip": ["escape/postal.csv", "town/postal.csv"], "town.sqlite": ["places.csv", "streets.csv"]}
    for name, files in expected.items():
        got = await consumer.acquires("Example Provider", await provider.publishes(tmp_path / name, OPEN))
        assert got["phase"] == "done", got["reasons"]
        assert [one.file for one in unpack(Path(got["data"]), tmp_path / f"got-{name}").files] == files


async def test_one_table_of_a_database(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "town.sqlite") as database:
        database.execute("CREATE TABLE places (code TEXT, name TEXT)")
        database.execute("CREATE TABLE streets (code TEXT, name TEXT)")
        database.execute("INSERT INTO places VALUES ('1', 'A')")
    database.close()
    got = await consumer.acquires("Example Provider", await provider.publishes(tmp_path / "town.sqlite#places", OPEN))
    assert got["phase"] == "done", got["reasons"]
    assert Path(got["data"]).read_text() == "code,name\n1,A\n"


async def test_a_password_is_not_kept(provider: LiveNode) -> None:
    for place in (
        "postgresql://me:secret@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?password=secret",
        "https://me:secret@127.0.0.1:1/x.csv",
        "adbc:postgresql:postgresql://me:secret@127.0.0.1:1/x",
    ):
        request = {"path": place, "title": {"en": "x", "ja": "x"}, "description": {"en": "", "ja": ""}}
        status, document = await provider.call("POST", "/v1/datasets", request)
        assert (status, "secret" in json.dumps(document)) == (400, False)
        assert "holds a password" in json.dumps(document), "it was not even tried"


async def test_a_database_that_is_written_all_the_time(
    provider: LiveNode, consumer: LiveNode, postgres: Server, tmp_path: Path
) -> None:
    """Whatever state a transfer opens, that state is scanned, decided on and sent."""
    from tests.tables.test_postgres import Database

    database = Database(postgres, "busy")
    database.write({"places": [("code", "name"), ("1", "A")], "streets": [("code", "name"), ("1", "B")]})
    dataset = await provider.publishes_at(database.url.replace(":secret", ""), OPEN)
    places = provider.node._catalog._places
    opening = places.open

    async def written_to(place: str) -> Collection:
        found = await opening(place)
        await asyncio.to_thread(database.sql, "INSERT INTO places VALUES ('2', 'C')")
        return found

    places.open = written_to  # type: ignore[method-assign]
    database.sql("INSERT INTO places VALUES ('2', 'C')")
    got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    manifest = unpack(Path(got["data"]), tmp_path / "got")
    assert [one.file for one in manifest.files] == ["public.places.csv", "public.streets.csv"]
    assert (tmp_path / "got" / "public.places.csv").read_text().count("C") == 1, "what came later is in another state"
