"""The Iceberg door by its published protocol. Its own client: `make judges-doors`."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
import pytest

from tegata.wire.avro import container, long
from tests.doors.conftest import Opening, fetch, signed

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(cities: Opening, path: str, method: str = "GET", token: str = "") -> tuple[int, Any]:
    url = cities.doors["endpoint"] + "/iceberg/v1" + path
    answer = await fetch(url, method, authorization=f"Bearer {token or cities.token}")
    return answer.status, json.loads(answer.body) if answer.body else None


async def test_the_table_is_found_and_its_files_lead_to_the_data(cities: Opening) -> None:
    schema = f"t_{cities.transfer[9:17]}"
    assert (await ask(cities, "/config"))[1]["overrides"] == {}
    assert (await ask(cities, "/namespaces"))[1] == {"namespaces": [[schema]]}
    assert (await ask(cities, f"/namespaces/{schema}"))[1] == {"namespace": [schema], "properties": {}}
    named = {"namespace": [schema], "name": "data"}
    assert (await ask(cities, f"/namespaces/{schema}/tables"))[1] == {"identifiers": [named]}
    assert await ask(cities, f"/namespaces/{schema}/tables/data", "HEAD") == (200, None)
    _, loaded = await ask(cities, f"/namespaces/{schema}/tables/data")
    table = loaded["metadata"]
    fields = table["schemas"][0]["fields"]
    assert [(field["id"], field["type"]) for field in fields][2:5] == [(3, "long"), (4, "double"), (5, "date")]
    assert loaded["config"]["s3.secret-access-key"] == cities.doors["secret"]
    assert json.loads(await read(cities, loaded["metadata-location"])) == table
    (listed,) = pl.read_avro(io.BytesIO(await read(cities, table["snapshots"][0]["manifest-list"]))).to_dicts()
    manifest = await read(cities, listed["manifest_path"])
    assert (listed["manifest_length"], listed["added_rows_count"]) == (len(manifest), 3)
    assert f"{table['location']}/data.parquet".encode() in manifest
    assert (await ask(cities, f"/namespaces/{schema}/tables/data/metrics", "POST"))[0] == 204


async def read(cities: Opening, location: str) -> bytes:
    """A file by the address that the metadata has for it."""
    url = location.replace("s3:/", cities.provider.config.url)
    answer = await fetch(url, **signed(url, cities.key))
    assert answer.status == 200
    return answer.body


async def test_what_is_refused(cities: Opening) -> None:
    schema = f"t_{cities.transfer[9:17]}"
    for path in ("/namespaces/other", "/namespaces/other/tables", f"/namespaces/{schema}/tables/other"):
        status, document = await ask(cities, path)
        assert (status, document["error"]["type"]) == (404, "NoSuchTableException")
    assert (await ask(cities, "/config", token="x"))[1]["error"]["type"] == "NotAuthorizedException"


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (-1, "01"), (1, "02"), (-64, "7f"), (64, "8001"), ((1 << 62) - 1, "feffffffffffffff7f")],
)
async def test_numbers_of_avro(number: int, written: str) -> None:
    assert long(number).hex() == written


async def test_an_avro_file_without_records_reads() -> None:
    schema = {"type": "record", "name": "r", "fields": [{"name": "a", "type": ["null", "string"]}]}
    assert pl.read_avro(io.BytesIO(container(schema, [], {}))).height == 0
    two = container(schema, [{"a": None}, {"a": "手形"}], {"x": "y"})
    assert pl.read_avro(io.BytesIO(two))["a"].to_list() == [None, "手形"]
