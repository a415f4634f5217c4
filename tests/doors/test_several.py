"""A release of several tables and files through every door: each table is one there, under one guard and one meter."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest
import pytest_asyncio

from tegata.doors.guard import Opened
from tegata.evidence import recorded
from tegata.model.base import sha256
from tegata.trust import open_passport
from tests.doors.conftest import CITIES, Opening, fetch, opened, signed
from tests.doors.test_delta import ask as delta
from tests.doors.test_iceberg import ask as iceberg
from tests.doors.test_iceberg import read as read_object
from tests.doors.test_mcp import call
from tests.doors.test_snippets import lines
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN
from tests.services.test_opaque import picture
from tests.services.test_parts import clinic

pytestmark = pytest.mark.asyncio(loop_scope="session")
TABLES = {
    "cities": "cities.csv",
    "part_2": "手帳.csv",
    "t_2024_people": "2024/people.csv",
    "t_2025_people": "2025/people.csv",
}


async def opened_town(pair: tuple[LiveNode, LiveNode], folder: Path) -> Opening:
    for place in ("2024", "2025", "写真"):
        (folder / place).mkdir(parents=True)
    (folder / "cities.csv").write_text(CITIES, encoding="utf-8", newline="")
    (folder / "2024" / "people.csv").write_text("code,people\n010006,5\n131016,6\n")
    (folder / "2025" / "people.csv").write_text("code,people\n010006,7\n131016,\n271004,9\n")
    (folder / "手帳.csv").write_text("頁,文\n1,あ\n2,い\n", encoding="utf-8")
    picture(folder / "写真" / "地図.png")
    return await opened(*pair, folder, OPEN)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(pair: tuple[LiveNode, LiveNode], tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """For tests that leave it open."""
    return await opened_town(pair, tmp_path_factory.mktemp("town") / "town")


async def counted(one: Opening) -> list[str]:
    """Files that were counted as used."""
    entries = await one.provider.node.store.read(lambda tx: list(recorded(tx)))
    return [each.body["file"] for each in entries if (each.kind, each.subject) == ("door_use", one.transfer)]


def schema(one: Opening) -> str:
    return f"t_{one.transfer[9:17]}"


async def test_both_sides_are_told_what_there_is(town: Opening) -> None:
    _, there = await town.provider.call("GET", f"/v1/doors/{town.transfer}")
    assert there["contents"] == town.doors["contents"]
    told = {one["name"]: one["packed"] for one in there["contents"] if not one.get("file")}
    assert told == TABLES
    assert [(one["packed"], one["file"]) for one in there["contents"] if one.get("file")] == [("写真/地図.png", "png")]


async def test_each_table_and_file_has_a_link_of_its_own(town: Opening) -> None:
    for name in TABLES:
        url = await town.link("csv", content=name)
        found = await fetch(url)
        parquet = pl.read_parquet(io.BytesIO((await fetch(await town.link("parquet", content=name))).body))
        rows = list(csv.reader(io.StringIO(found.body.decode())))
        assert (parquet.columns, parquet.height) == (rows[0], len(rows) - 1)
    diary = await town.link("csv", content="part_2")
    assert unquote(urlsplit(diary).path).endswith("/part_2/csv/手帳.csv")
    assert (await fetch(url, range="bytes=2-5")).body == found.body[2:6], "a range of what lies in an archive"
    (photo,) = (one["name"] for one in town.doors["contents"] if one.get("file"))
    assert (await fetch(await town.link("file", content=photo))).body.startswith(b"\x89PNG")
    for content, form in (("cities", "file"), (photo, "csv"), ("", "csv"), ("", "parquet"), ("other", "csv")):
        wanted = {"transfer": town.transfer, "form": form, "content": content}
        assert (await town.provider.call("POST", "/v1/links", wanted))[0] == 400, (content, form)


async def test_all_of_it_in_one_file(town: Opening) -> None:
    archive = (await fetch(await town.link("zip"))).body
    passport = (await read_object(town, f"s3://tegata-{town.transfer[9:]}/passport.jws")).decode()
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist()[-1] == "manifest.json"
    assert open_passport(passport).data_digest == sha256(archive), "the very file that the passport speaks of"
    book = openpyxl.load_workbook(io.BytesIO((await fetch(await town.link("excel"))).body))
    assert book.sheetnames == ["cities", "手帳", "people", "people (2)"]
    assert [cell.value for cell in book["手帳"][2]] == [1, "あ"]


async def test_delta_has_each_as_a_table(town: Opening) -> None:
    listed = (await delta(town, "/shares/tegata/all-tables"))[2][0]["items"]
    assert [one["name"] for one in listed] == list(TABLES)
    first = (await delta(town, "/shares/tegata/all-tables?maxResults=3"))[2][0]
    rest = (await delta(town, f"/shares/tegata/all-tables?pageToken={first['nextPageToken']}"))[2][0]
    assert first["items"] + rest["items"] == listed
    place, ids = f"/shares/tegata/schemas/{schema(town)}/tables", set()
    for name, rows in (("cities", 3), ("T_2025_People", 3), ("part_2", 2)):
        lines = (await delta(town, f"{place}/{name}/query", "POST", {}))[2]
        ids.add(lines[1]["metaData"]["id"])
        assert pl.read_parquet(io.BytesIO((await fetch(lines[2]["file"]["url"])).body)).height == rows
    assert len(ids) == 3


async def test_iceberg_has_each_as_a_table(town: Opening) -> None:
    namespace = f"/namespaces/{schema(town)}/tables"
    named = [{"namespace": [schema(town)], "name": name} for name in TABLES]
    assert (await iceberg(town, namespace))[1] == {"identifiers": named}
    for name in ("cities", "part_2"):
        _, loaded = await iceberg(town, f"{namespace}/{name}")
        told = loaded["metadata"]["snapshots"][0]["manifest-list"]
        (listed,) = pl.read_avro(io.BytesIO(await read_object(town, told))).to_dicts()
        manifest = await read_object(town, listed["manifest_path"])
        assert f"/{name}.parquet".encode() in manifest


async def test_the_bucket_has_tables_and_files(town: Opening) -> None:
    bucket = f"{town.provider.config.url}/tegata-{town.transfer[9:]}"

    async def listed(query: str) -> list[str]:
        answer = await fetch(bucket + query, **signed(bucket + query, town.key))
        names = ElementTree.fromstring(answer.body).iter("{http://s3.amazonaws.com/doc/2006-03-01/}Key")
        return [str(name.text) for name in names]

    assert await listed("?delimiter=%2F&list-type=2") == sorted(
        ["passport.jws", "release.zip", *(f"{name}.{form}" for name in TABLES for form in ("csv", "parquet"))]
    )
    photo = "files/写真/地図.png"
    assert await listed("?list-type=2&prefix=files%2F") == [photo]
    assert await listed("?encoding-type=url&list-type=2&prefix=files%2F") == [quote(photo)], "as boto3 asks for it"
    whole = await read_object(town, f"s3://tegata-{town.transfer[9:]}/{quote(photo)}")
    assert (len(whole), whole[:4]) == (50_008, b"\x89PNG")


async def test_a_list_looks_for_the_versions_of_each_table_once(town: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, asked = town.provider.node.doors.guard, list[Opened]()
    versions = guard.versions

    async def counted(opened: Opened) -> tuple[Opened, ...]:
        asked.append(opened)
        return await versions(opened)

    monkeypatch.setattr(guard, "versions", counted)
    bucket = f"{town.provider.config.url}/tegata-{town.transfer[9:]}?list-type=2"
    assert (await fetch(bucket, **signed(bucket, town.key))).status == 200
    assert len(asked) == len(TABLES)


async def test_an_agent_says_which_table(town: Opening) -> None:
    assert (await call(town, "explain_terms"))["tables"] == list(TABLES)
    for refused in (await call(town, "preview"), await call(town, "query_agreed", table="x'; DROP TABLE cities")):
        assert "tables: cities, part_2" in refused
    assert (await call(town, "preview", table="t_2025_people"))["rows"] == [
        ["010006", 7],
        ["131016", None],
        ["271004", 9],
    ]
    figures = await call(town, "query_agreed", table="cities", figures=[{"op": "sum", "column": "people"}])
    assert figures["rows"] == [[4792487]]


async def test_a_suspended_transfer_shuts_all_of_it(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    town = await opened_town(pair, tmp_path / "town")
    contents = [(one["name"], "file" if one.get("file") else "csv") for one in town.doors["contents"]]
    links = [await town.link(form, content=name) for name, form in contents]
    links += [await town.link("zip"), await town.link("excel")]
    for _ in range(2):
        assert {(await fetch(url)).status for url in links} == {200}
    assert await counted(town) == [*(f"{name}.{form}" for name, form in contents), "zip", "excel"], "each once a day"
    await town.order("suspend")
    assert {(await fetch(url)).status for url in links} == {403}
    assert (await delta(town, "/shares/tegata/all-tables"))[0] == 403


async def test_people_of_every_table_leave_only_protected(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    """Columns that the agreement drops are in no table of no door, and pseudonyms join."""
    there = await opened(*pair, clinic(tmp_path / "clinic"), ENTRUSTED)
    tables = {name: (await fetch(await there.link("csv", content=name))).body for name in ("patients", "visits")}
    assert "佐藤".encode() not in tables["patients"]
    assert b"P00001" not in b"".join(tables.values())
    people = {row["patient_id"] for row in csv.DictReader(io.StringIO(tables["patients"].decode()))}
    assert {row["patient_id"] for row in csv.DictReader(io.StringIO(tables["visits"].decode()))} == people


@pytest.mark.parametrize("tool", ["polars", "polars-s3"])
async def test_lines_name_each_table(town: Opening, tool: str) -> None:
    names: dict[str, Any] = {}
    await asyncio.to_thread(exec, lines(town)[tool].code, names)
    assert [names[name].height for name in TABLES] == [3, 2, 2, 3]


async def test_a_picture_alone_goes_by_link_and_store(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    there = await opened(*pair, picture(tmp_path / "町並み.png"), OPEN)
    assert {one["tool"] for one in there.doors["snippets"]} == {"curl", "aws-files", "MCP"}
    url = await there.link("file")
    assert unquote(urlsplit(url).path).endswith("/file/町並み.png")
    found = await fetch(url)
    assert (found.headers["content-type"], len(found.body)) == ("application/octet-stream", 50_008)
    assert await read_object(there, f"s3://tegata-{there.transfer[9:]}/files/data.png") == found.body
    assert (await delta(there, "/shares/tegata/all-tables"))[2] == [{"items": []}]
    assert "say which table" in await call(there, "preview")
    assert (await there.provider.call("POST", "/v1/links", {"transfer": there.transfer, "form": "csv"}))[0] == 400
