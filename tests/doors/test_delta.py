"""The Delta Sharing door by its published protocol, with a plain HTTP client. Its own client: `make judges-doors`."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import polars as pl
import pytest

from tests.doors.conftest import Opening, fetch

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(cities: Opening, path: str, method: str = "GET", body: Any = None, token: str = "") -> Any:
    """Status, headers and documents of an answer."""
    url = cities.doors["endpoint"] + "/delta" + path
    content = json.dumps(body).encode() if body is not None else b""
    answer = await fetch(url, method, content, authorization=f"Bearer {token or cities.token}")
    return answer.status, answer.headers, [json.loads(line) for line in answer.body.splitlines()]


def table_of(cities: Opening) -> str:
    return f"/shares/tegata/schemas/t_{cities.transfer[9:17]}/tables"


async def test_what_can_be_had_is_listed(cities: Opening) -> None:
    schema, named = f"t_{cities.transfer[9:17]}", {"share": "tegata", "schema": f"t_{cities.transfer[9:17]}"}
    assert (await ask(cities, "/shares"))[2] == [{"items": [{"name": "tegata", "id": "tegata"}]}]
    assert (await ask(cities, "/shares/TEGATA"))[2] == [{"share": {"name": "tegata", "id": "tegata"}}]
    assert (await ask(cities, "/shares/tegata/schemas"))[2] == [{"items": [{"name": schema, "share": "tegata"}]}]
    for path in (table_of(cities), "/shares/tegata/all-tables"):
        assert (await ask(cities, path))[2] == [{"items": [{"name": "data", **named}]}]
    assert (await ask(cities, "/shares?maxResults=0"))[2][0]["items"] == []
    token = (await ask(cities, "/shares?maxResults=0"))[2][0]["nextPageToken"]
    assert (await ask(cities, f"/shares?pageToken={token}"))[2][0]["items"] != []


async def test_a_table_is_described_and_its_file_can_be_fetched(fresh: Opening) -> None:
    table = table_of(fresh) + "/data"
    status, headers, _ = await ask(fresh, table + "/version")
    assert (status, headers["delta-table-version"]) == (200, "0")
    _, headers, (protocol, metadata) = await ask(fresh, table + "/metadata")
    assert (headers["delta-table-version"], protocol) == ("0", {"protocol": {"minReaderVersion": 1}})
    fields = json.loads(metadata["metaData"]["schemaString"])["fields"]
    kinds = ["string", "string", "long", "double", "date", "boolean", "string"]
    assert [field["type"] for field in fields] == kinds
    query = {"limitHint": 2, "predicateHints": ["people > 1"], "jsonPredicateHints": "{}", "somethingNew": None}
    _, headers, lines = await ask(fresh, table + "/query", "POST", query)
    assert headers["content-type"].startswith("application/x-ndjson")
    file = lines[2]["file"]
    stats = json.loads(file["stats"])
    assert (stats["numRecords"], stats["nullCount"]["note"]) == (3, 1)
    assert (stats["minValues"]["people"], stats["maxValues"]["since"]) == (66680, "1947-03-15")
    assert await fresh.kinds() == ["release", "rendition", "door_use"], "to say where the file is counts as its use"
    fetched = await fetch(file["url"])
    assert len(fetched.body) == file["size"]
    assert pl.read_parquet(io.BytesIO(fetched.body))["people"].to_list() == [1973395, 66680, 2752412]
    assert file["expirationTimestamp"] / 1000 - dt.datetime.now(dt.UTC).timestamp() < 3601
    assert await fresh.kinds() == ["release", "rendition", "door_use"], "and to fetch it then does not"


async def test_what_is_refused(cities: Opening) -> None:
    table = table_of(cities) + "/data"
    before = await cities.kinds()
    for path, method, body, wanted in (
        ("/shares/other/schemas", "GET", None, 404),
        (table_of(cities) + "/other/metadata", "GET", None, 404),
        (table + "/query", "POST", {"version": 1}, 400),
        (table + "/query", "POST", {"startingVersion": 1}, 400),
        (table + "/query", "POST", {"limitHint": "; DROP TABLE x"}, 400),
        (table + "/query", "POST", [], 400),
        (table + "/query", "POST", {"jsonPredicateHints": "x" * 70_000}, 413),
        (table + "/changes?startingVersion=1", "GET", None, 400),
        (table + "/version?startingTimestamp=yesterday", "GET", None, 400),
        (table + "/version?startingTimestamp=2999-01-01T00:00:00Z", "GET", None, 400),
        ("/shares?pageToken=%00", "GET", None, 400),
        ("/shares?maxResults=-1", "GET", None, 400),
    ):
        status, _, (problem,) = await ask(cities, path, method, body)
        assert (status, sorted(problem)) == (wanted, ["errorCode", "message"]), path
    for token in ("x", cities.token.swapcase(), cities.doors["key"], cities.doors["key"] + "."):
        status, _, (problem,) = await ask(cities, "/shares", token=token)
        assert (status, problem["errorCode"]) == (401, "UNAUTHENTICATED")
    assert await cities.kinds() == before
