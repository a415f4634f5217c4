"""What is delivered again under an agreement is the next version of its tables, and what changed can be asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tegata.doors.changes import write_changes
from tegata.doors.link import Linked, link_for
from tegata.model.errors import ProtocolError
from tests.doors.conftest import Opening, asked_again, fetch, opened, signed
from tests.doors.test_delta import ask, table_of
from tests.doors.test_iceberg import ask as iceberg
from tests.doors.test_iceberg import read as read_object
from tests.doors.test_mcp import call
from tests.nodes import LiveNode
from tests.services.conftest import ENTRUSTED, OPEN, patients
from tests.services.test_opaque import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = "code,people\r\n010006,5\r\n131016,6\r\n271004,7\r\n"
SECOND = "code,people\r\n010006,5\r\n131016,60\r\n400009,8\r\n"
Rows = list[tuple[Any, ...]]


async def delivered_again(before: Opening, text: str) -> Opening:
    """The source holds something else, and the consumer asks for it under the same agreement."""
    source = Path(before.acquisition["source"])
    source.write_text(text, newline="")
    return await asked_again(before)


async def opened_first(
    pair: tuple[LiveNode, LiveNode], folder: Path, facts: dict[str, Any] = OPEN, **limits: int
) -> Opening:
    source = folder / "data.csv"
    source.write_text(FIRST, newline="")
    there = await opened(*pair, source, facts, **limits)
    return Opening(there.provider, there.consumer, {**there.acquisition, "source": str(source)}, there.doors)


async def read(line: dict[str, Any]) -> Rows:
    answer = await fetch(line["url"])
    assert (answer.status, len(answer.body)) == (200, line["size"])
    return pl.read_parquet(io.BytesIO(answer.body)).rows()


async def test_versions_of_a_table(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    old = await opened_first(pair, tmp_path)
    new = await delivered_again(old, SECOND)
    assert new.transfer != old.transfer
    seen = []
    for one in (old, new):  # what was opened first goes on, and shows the newest
        table = table_of(one) + "/data"
        assert (await ask(one, table + "/version"))[1]["delta-table-version"] == "1"
        for query in ({}, {"version": 0}, {"version": 1}):
            _, headers, lines = await ask(one, table + "/query", "POST", query)
            seen.append((headers["delta-table-version"], lines[2]["file"]["version"], await read(lines[2]["file"])))
    first = ("0", 0, [("010006", 5), ("131016", 6), ("271004", 7)])
    second = ("1", 1, [("010006", 5), ("131016", 60), ("400009", 8)])
    assert seen == [second, first, second] * 2
    bucket = f"{new.provider.config.url}/tegata-{old.transfer[9:]}/data.csv"
    assert (await fetch(bucket, **signed(bucket, new.key))).body.decode() == FIRST
    assert (await call(old, "preview"))["rows"][1] == ["131016", 60]


async def test_versions_are_snapshots_of_iceberg(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    old = await opened_first(pair, tmp_path)
    new = await delivered_again(old, SECOND)
    for key in (old, new):  # either key leads to both
        _, loaded = await iceberg(key, f"/namespaces/t_{key.transfer[9:17]}/tables/data")
        found = loaded["metadata"]
        assert [one["sequence-number"] for one in found["snapshots"]] == [1, 2]
        assert found["current-snapshot-id"] == found["snapshots"][1]["snapshot-id"]
        for one, there, rows in zip(found["snapshots"], (old, new), (FIRST, SECOND), strict=True):
            (listed,) = pl.read_avro(io.BytesIO(await read_object(key, one["manifest-list"]))).to_dicts()
            assert listed["added_snapshot_id"] == one["snapshot-id"]
            file = f"s3://tegata-{there.transfer[9:]}/data.parquet"
            assert file.encode() in await read_object(key, listed["manifest_path"])
            table = pl.read_parquet(io.BytesIO(await read_object(key, file)))
            assert table.rows() == pl.read_csv(io.StringIO(rows), schema_overrides={"code": pl.String}).rows()
    await delivered_again(new, SECOND.replace("people", "persons"))
    _, loaded = await iceberg(new, f"/namespaces/t_{new.transfer[9:17]}/tables/data")
    assert len(loaded["metadata"]["snapshots"]) == 1, "other columns are no earlier state of the same table"


async def test_versions_by_time_and_what_is_no_version(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    before = dt.datetime.now(dt.UTC)
    old = await opened_first(pair, tmp_path)
    between = dt.datetime.now(dt.UTC).isoformat()
    new = await delivered_again(old, SECOND)
    table = table_of(new) + "/data"
    found = await ask(new, table + "/query", "POST", {"timestamp": between})
    assert found[1]["delta-table-version"] == "0"
    later = between.replace("+", "%2B")
    assert (await ask(new, f"{table}/version?startingTimestamp={later}"))[1]["delta-table-version"] == "1"
    for path, method, body in (
        ("/query", "POST", {"version": 2}),
        ("/query", "POST", {"version": -1}),
        ("/query", "POST", {"timestamp": (before - dt.timedelta(1)).isoformat()}),
        ("/query", "POST", {"timestamp": between, "version": 1}),
        ("/query", "POST", {"timestamp": "0001-01-01T00:00:00+23:59"}),
        ("/query", "POST", {"startingVersion": 7}),
        ("/metadata?version=2", "GET", None),
        ("/metadata?version=x", "GET", None),
        ("/changes", "GET", None),
        ("/changes?startingVersion=0&startingTimestamp=2026-01-01", "GET", None),
        ("/changes?startingVersion=1&endingVersion=0", "GET", None),
        ("/changes?startingVersion=0&endingVersion=99999999", "GET", None),
        ("/changes?startingTimestamp=2999-01-01", "GET", None),
    ):
        status, _, (problem,) = await ask(new, table + path, method, body)
        assert (status, sorted(problem)) == (400, ["errorCode", "message"]), path


async def test_changes(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    new = await delivered_again(await opened_first(pair, tmp_path), SECOND)
    table = table_of(new) + "/data"
    _, _, (_, metadata, added, changed) = await ask(new, table + "/changes?startingVersion=0")
    assert metadata["metaData"]["configuration"] == {"enableChangeDataFeed": "true"}
    assert (added["add"]["version"], changed["cdf"]["version"]) == (0, 1)
    assert len(await read(added["add"])) == 3
    wanted = [
        ("131016", 6, "update_preimage"), ("131016", 60, "update_postimage"),
        ("271004", 7, "delete"), ("400009", 8, "insert"),
    ]  # fmt: skip
    assert sorted(await read(changed["cdf"])) == sorted(wanted)
    assert (await ask(new, table + "/changes?startingVersion=1"))[2][2]["cdf"]["id"] == changed["cdf"]["id"]
    files = (await ask(new, table + "/query", "POST", {"startingVersion": 0}))[2][2:]
    assert [(kind, line[kind]["version"]) for line in files for kind in line] == [("add", 0), ("remove", 1), ("add", 1)]
    assert "rendition" in await new.kinds(), "a file of changes is recorded before it leaves, like any other form"


async def test_either_transfer_shuts_its_version_and_its_key(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    old = await opened_first(pair, tmp_path)
    new = await delivered_again(old, SECOND)
    table = table_of(new) + "/data/query"
    line = (await ask(new, table, "POST", {"version": 0}))[2][2]["file"]
    assert len(await read(line)) == 3
    await old.order("suspend")
    assert (await fetch(line["url"])).status == 403, "a link that was given out for that version"
    assert (await ask(new, table, "POST", {"version": 0}))[0] == 400
    assert (await ask(new, table, "POST", {}))[0] == 200
    assert (await ask(old, "/shares"))[0] == 403
    assert (await ask(new, table_of(new) + "/data/changes?startingVersion=1"))[0] == 400, "changes need both"
    await old.order("resume")
    assert len(await read((await ask(new, table, "POST", {"version": 0}))[2][2]["file"])) == 3
    _, shown = await old.consumer.call("GET", f"/v1/doors/{old.acquisition['id']}")
    assert shown["transfer"] == new.doors["transfer"]
    assert (await old.consumer.call("GET", f"/v1/doors/{old.doors['transfer']}"))[0] == 200, "the older one is open too"


async def test_an_agreement_says_how_many_versions_stay(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    old = await opened_first(pair, tmp_path, versions=1)
    assert "newest 1 stay open" in json.dumps((await call(old, "explain_terms"))["duties"])
    new = await delivered_again(old, SECOND)
    async with asyncio.timeout(20):
        while (await old.provider.call("GET", f"/v1/transfers/{old.transfer}"))[1]["state"] != "TERMINATED":
            await asyncio.sleep(0.02)
    _, ended = await old.provider.call("GET", f"/v1/transfers/{old.transfer}")
    assert ended["code"] == "superseded"
    table = table_of(new) + "/data"
    assert (await ask(new, table + "/query", "POST", {"version": 0}))[0] == 400
    refused = (await ask(new, table + "/changes?startingVersion=1"))[2][0]
    assert "version 0 is not kept" in refused["message"]
    assert "kept: 1" in refused["message"]
    async with asyncio.timeout(20):
        while (old.provider.folder / "releases" / old.transfer[9:]).exists():
            await asyncio.sleep(0.02)


async def test_a_key_opens_no_version_of_another_agreement(
    pair: tuple[LiveNode, LiveNode], tmp_path: Path, cities: Opening
) -> None:
    mine = await opened_first(pair, tmp_path)
    url = link_for(mine.key, mine.doors["endpoint"], Linked("csv", "x.csv"), mine.key.expires, cities.transfer)
    assert (await fetch(url)).status == 403
    bucket = f"{mine.provider.config.url}/tegata-{cities.transfer[9:]}/data.csv"
    assert (await fetch(bucket, **signed(bucket, mine.key))).status == 403
    since = Linked("changes-0", "data.parquet")
    alone = link_for(mine.key, mine.doors["endpoint"], since._replace(form="changes-9"), mine.key.expires)
    assert (await fetch(alone)).status == 404


async def test_other_terms_do_not_become_a_version(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    """A new version is decided about anew: under other terms it needs another agreement, and the old one stays."""
    old = await opened_first(pair, tmp_path, ENTRUSTED)
    with pytest.raises(AssertionError, match="negotiate anew"):
        await delivered_again(old, patients(tmp_path / "people.csv").read_text(encoding="utf-8"))
    assert len((await ask(old, table_of(old) + "/data/query", "POST", {}))[2]) == 3
    assert (await old.consumer.call("GET", f"/v1/doors/{old.acquisition['id']}"))[1]["key"] == old.doors["key"]


def changed(folder: Path, before: str, after: str) -> Rows:
    for name, text in (("before", before), ("after", after)):
        (folder / f"{name}.csv").write_text(text, newline="", encoding="utf-8")
    write_changes(folder / "before.csv", folder / "after.csv", folder / "out.parquet")
    return pl.read_parquet(folder / "out.parquet").rows()


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("a,b\r\n1,1\r\n1,2\r\n", "a,b\r\n1,1\r\n2,1\r\n", "no column"),
        ("a,b\r\n1,1\r\n", "a,c\r\n1,1\r\n", "columns are others"),
        ("a\r\n1\r\n", "a\r\nx\r\n", "columns are others"),
        ("a,_change_type\r\n1,x\r\n", "a,_change_type\r\n1,y\r\n", "called as the feed"),
        ("a\r\n\r\n", 'a\r\n""\r\n', "columns are others|no column"),
    ],
)
@pytest.mark.filterwarnings("ignore:The test")
async def test_versions_that_cannot_be_compared(tmp_path: Path, before: str, after: str, why: str) -> None:
    with pytest.raises(ProtocolError, match="no change data feed") as refused:
        changed(tmp_path, before, after)
    assert any(word in (refused.value.parts("en")[1]) for word in why.split("|"))


async def test_names_of_columns_may_be_anything(tmp_path: Path) -> None:
    head = '"c1","a+","c0","^x.*$"\r\n'
    rows = changed(tmp_path, head + "k,1,,x\r\nl,2,y,x\r\n", head + "k,1,z,x\r\nl,2,y,x\r\n")
    assert rows == [("k", 1, None, "x", "update_preimage"), ("k", 1, "z", "x", "update_postimage")] or rows == [
        ("k", 1, "z", "x", "update_postimage"), ("k", 1, None, "x", "update_preimage")
    ]  # fmt: skip
    assert changed(tmp_path, head + "k,1,z,x\r\n", head + "k,1,z,x\r\n") == []


async def test_a_picture_beside_tables_stays_what_it_was(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> None:
    """Its publisher spoke of these very bytes; a table beside them may change, they may not."""
    folder = tmp_path / "town"
    folder.mkdir()
    picture(folder / "map.png")
    (folder / "people.csv").write_text(FIRST, newline="")
    old = await opened(*pair, folder, OPEN)
    (folder / "people.csv").write_text(SECOND, newline="")
    new = await asked_again(old)
    changes = (await ask(new, f"{table_of(new)}/people/changes?startingVersion=1"))[2][2]["cdf"]
    assert len(await read(changes)) == 4
    picture(folder / "map.png", 60_000)
    with pytest.raises(AssertionError, match="what it holds now is not known"):
        await asked_again(new)
    assert (await ask(new, f"{table_of(new)}/people/version"))[1]["delta-table-version"] == "1"
