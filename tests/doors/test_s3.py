"""The S3 door with the client of Polars, and by requests signed here. Others: `make judges-doors`."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import polars as pl
import pytest

from tegata.apart import Apart
from tegata.model.errors import InputError
from tegata.outbound import Answer
from tegata.tables import Collection, open_collection
from tests.doors.conftest import Opening, fetch, signed

pytestmark = pytest.mark.asyncio(loop_scope="session")
METADATA = [f"metadata/data/{name}" for name in ("manifest-1.avro", "snap-1.avro", "v1.metadata.json")]
PREFIXES = [f"metadata/data/{name}." for name in ("manifest-1", "snap-1", "v1")]
SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def store(cities: Opening) -> str:
    return f"{cities.provider.config.url}/tegata-{cities.transfer[9:]}"


async def ask(cities: Opening, rest: str = "", method: str = "GET", **more: str) -> Answer:
    url = store(cities) + rest
    return await fetch(url, method, **{**signed(url, cities.key, method), **more})


def heights(found: Collection) -> list[tuple[str, int]]:
    parts = [part for part in found.parts if part.name.startswith("data.")]
    return [(part.name, sum(batch.height for batch in part.open().batches())) for part in parts]


def texts(answer: Answer, name: str) -> list[str]:
    return [str(found.text) for found in ElementTree.fromstring(answer.body).iter(SPACE + name)]


async def test_polars_reads_only_what_it_needs(cities: Opening) -> None:
    bucket = f"s3://tegata-{cities.transfer[9:]}"
    options = {
        "aws_endpoint_url": cities.provider.config.url,
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
        "aws_access_key_id": cities.doors["key"],
        "aws_secret_access_key": cities.doors["secret"],
    }

    def read(path: str) -> pl.DataFrame:
        table = pl.scan_parquet(bucket + path, storage_options=options)
        return table.filter(pl.col("people") > 1_000_000).select("code", "people").collect()

    for path in ("/data.parquet", "/*.parquet"):
        table = await asyncio.to_thread(read, path)
        assert table.rows() == [("010006", 1973395), ("271004", 2752412)]
    wrong = {**options, "aws_secret_access_key": "x", "max_retries": 0}
    with pytest.raises((OSError, pl.exceptions.ComputeError)):
        await asyncio.to_thread(lambda: pl.scan_parquet(bucket + "/data.parquet", storage_options=wrong).collect())


async def test_a_bucket_is_listed(cities: Opening) -> None:
    whole = await ask(cities, "?list-type=2")
    assert texts(whole, "Key") == ["data.csv", "data.parquet", *METADATA, "passport.jws"]
    assert texts(whole, "Size")[0] == str(len((await ask(cities, "/data.csv")).body))
    assert texts(await ask(cities, "?list-type=2&prefix=data."), "Key") == ["data.csv", "data.parquet"]
    first = await ask(cities, "?list-type=2&max-keys=1")
    assert (texts(first, "Key"), texts(first, "IsTruncated")) == (["data.csv"], ["true"])
    token = texts(first, "NextContinuationToken")[0]
    assert texts(await ask(cities, f"?continuation-token={quote(token)}&list-type=2"), "Key") == [
        "data.parquet",
        *METADATA,
        "passport.jws",
    ]
    assert texts(await ask(cities, "?delimiter=.&list-type=2"), "Prefix") == ["None", "data.", *PREFIXES, "passport."]
    assert texts(await ask(cities, "?marker=data.csv"), "Key") == ["data.parquet", *METADATA, "passport.jws"]
    assert texts(await ask(cities, "?list-type=2&max-keys=0"), "Key") == []
    assert (await ask(cities, "?location")).status == 200
    assert (await ask(cities, "", "HEAD")).status == 200
    url = cities.provider.config.url + "/"
    assert texts(await fetch(url, **signed(url, cities.key)), "Name") == [f"tegata-{cities.transfer[9:]}"]


async def test_objects_and_their_ranges(cities: Opening) -> None:
    whole, head = await ask(cities, "/data.csv"), await ask(cities, "/data.csv", "HEAD")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert int(head.headers["content-length"]) == len(whole.body)
    assert head.headers["last-modified"].endswith("GMT")
    part = await ask(cities, "/data.csv", range="bytes=3-5")
    assert (part.status, part.body) == (206, whole.body[3:6])
    assert (await ask(cities, "/data.csv", if_none_match=whole.headers["etag"])).status == 304
    passport = await ask(cities, "/passport.jws")
    assert passport.body.count(b".") == 2
    assert (await ask(cities, "/passport.jws", range="bytes=-4")).body == passport.body[-4:]


async def test_what_is_refused(cities: Opening, tmp_path: Path) -> None:
    before = await cities.kinds()
    for rest, method, status, code in (
        ("/other.csv", "GET", 404, "NoSuchKey"),
        ("/..%2Fdata.csv", "GET", 403, "SignatureDoesNotMatch"),
        ("/data.csv", "PUT", 405, "MethodNotAllowed"),
        ("/data.csv", "DELETE", 405, "MethodNotAllowed"),
        ("?list-type=2&max-keys=x", "GET", 400, "InvalidRequest"),
        ("?continuation-token=%21&list-type=2", "GET", 400, "InvalidRequest"),
        ("?acl", "GET", 501, "NotImplemented"),
        ("/data.csv?versionId=1", "GET", 501, "NotImplemented"),
    ):
        refused = await ask(cities, rest, method)
        assert (refused.status, ElementTree.fromstring(refused.body).findtext("Code")) == (status, code), rest
    url = store(cities) + "/data.csv"
    now = dt.datetime.now(dt.UTC)
    for wrong in (
        {},
        signed(url + "x", cities.key),
        signed(url, cities.key, at=now - dt.timedelta(minutes=16)),
        signed(url, cities.key, at=now + dt.timedelta(minutes=16)),
        signed(url, dataclasses.replace(cities.key, secret="x")),
    ):
        assert (await fetch(url, **wrong)).status == 403
    other = f"{cities.provider.config.url}/tegata-00000000-0000-4000-8000-000000000000/data.csv"
    assert (await fetch(other, **signed(other, cities.key))).status == 403
    assert await cities.kinds() == before


async def test_a_scan_reads_a_bucket(cities: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own reader of buckets, with the client that it uses, at our own door."""
    pytest.importorskip("obstore")
    for name, value in {
        "AWS_ENDPOINT": cities.provider.config.url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": cities.doors["key"],
        "AWS_SECRET_ACCESS_KEY": cities.doors["secret"],
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"s3://tegata-{cities.transfer[9:]}"

    found = await asyncio.to_thread(open_collection, bucket)
    tables = await asyncio.to_thread(heights, found)
    assert await Apart(least=0).do(0, heights, found) == tables
    assert [name for name, _ in tables] == ["data.csv", "data.parquet"]
    assert tables[0][1] == tables[1][1] > 0
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(InputError):
        await asyncio.to_thread(open_collection, bucket)
