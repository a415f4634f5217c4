"""Download links: what they give, to whom, until when, and what of it stands in the evidence."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tegata.evidence import recorded
from tegata.model.errors import ProtocolError
from tegata.trust import open_passport
from tests.doors.conftest import Opening, fetch, opened
from tests.services.conftest import OPEN

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_form_holds_the_same_records(cities: Opening) -> None:
    plain = await fetch(await cities.link("csv"))
    assert (plain.status, plain.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    texts = [["010006", "札幌市"], ["131016", "千代田区"], ["271004", "大阪市"]]
    assert [line.split(",")[:2] for line in plain.body.decode("utf-8").splitlines()[1:]] == texts
    bom = await fetch(await cities.link("csv-bom"))
    assert bom.body == b"\xef\xbb\xbf" + plain.body
    sjis = await fetch(await cities.link("csv-sjis"))
    assert sjis.body.decode("cp932") == plain.body.decode("utf-8")
    assert "Windows-31J" in sjis.headers["content-type"]
    book = await fetch(await cities.link("excel"))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.body)).get_sheet_by_index(0).to_python()
    assert rows[1] == ["010006", "札幌市", 1973395.0, 15.5, dt.date(1922, 8, 1), True, 'a, "quoted" note']
    assert rows[3][-1] == "'=1+1", "no cell is a formula"


async def test_parquet_has_types_where_nothing_is_lost_by_them(cities: Opening) -> None:
    answer = await fetch(await cities.link("parquet"))
    table = pl.read_parquet(io.BytesIO(answer.body))
    assert [str(kind) for kind in table.dtypes] == ["String", "String", "Int64", "Float64", "Date", "Boolean", "String"]
    assert table.row(0) == ("010006", "札幌市", 1973395, 15.5, dt.date(1922, 8, 1), True, 'a, "quoted" note')
    assert table["note"].to_list() == ['a, "quoted" note', None, "'=1+1"]


async def test_the_consumer_proves_the_passport_of_what_stays_there(register: Opening) -> None:
    _, acquisition = await register.consumer.call("GET", f"/v1/acquisitions/{register.acquisition['id']}")
    passport = open_passport(Path(acquisition["passport"]).read_text())
    body = (await fetch(await register.link("csv"))).body
    assert passport.data_digest == "sha256:" + hashlib.sha256(body).hexdigest()
    entries = await register.consumer.node.store.read(lambda tx: list(recorded(tx)))
    (access,) = (e for e in entries if (e.kind, e.subject) == ("access", register.acquisition["transfer"]))
    assert access.body["agreement"] == register.doors["agreement"]


async def test_people_leave_through_a_door_only_protected(register: Opening) -> None:
    for form in ("csv", "parquet"):
        body = (await fetch(await register.link(form))).body
        assert "佐藤".encode() not in body
        assert b"@example.org" not in body
        assert b"E11" in body


async def test_file_names_are_japanese(cities: Opening) -> None:
    url = await cities.link("excel")
    assert unquote(urlsplit(url).path).endswith("/excel/都市.xlsx")
    disposition = (await fetch(url, "HEAD")).headers["content-disposition"]
    assert disposition == "attachment; filename=\"__.xlsx\"; filename*=UTF-8''%E9%83%BD%E5%B8%82.xlsx"


async def test_ranges(cities: Opening) -> None:
    url = await cities.link("parquet")
    whole = await fetch(url)
    assert whole.headers["accept-ranges"] == "bytes"
    part = await fetch(url, Range="bytes=4-11")
    assert (part.status, part.body, part.headers["content-range"]) == (
        206,
        whole.body[4:12],
        f"bytes 4-11/{len(whole.body)}",
    )
    end = await fetch(url, Range="bytes=-8")
    assert end.body == whole.body[-8:]
    assert (await fetch(url, Range=f"bytes={len(whole.body)}-")).status == 416
    assert (await fetch(url, Range="bytes=0-3", If_Range='"other"')).status == 200
    head = await fetch(url, "HEAD")
    assert (head.status, head.body, int(head.headers["content-length"])) == (200, b"", len(whole.body))
    assert head.headers["etag"] == f'"sha256-{hashlib.sha256(whole.body).hexdigest()}"'


HARMS: list[tuple[str, str]] = [
    ("/csv/", "/parquet/"),
    (".csv", "x.csv"),
    ("expires=", "expires=9"),
    ("signature=", "signature=0"),
    ("signature=", "signature=%E6%89%8B"),
    ("signature=", "s="),
    ("key=", "key=A"),
    ("key=", "k="),
]


async def test_a_link_that_was_changed_opens_nothing(cities: Opening) -> None:
    url, before = await cities.link(), await cities.kinds()
    for was, becomes in HARMS:
        refused = await fetch(url.replace(was, becomes))
        assert (refused.status, "アクセスキー" in refused.body.decode()) == (401, True), becomes
    other = "/00000000-0000-4000-8000-000000000000/csv/x.csv"
    ours = cities.key.signature(f"tegata-link/1\n{other}\n9999999999")
    asked = f"{cities.doors['endpoint']}/link{other}?key={cities.key.id}&expires=9999999999&signature={ours}"
    assert (await fetch(asked)).status == 403, "no transfer of its agreement"
    forever = cities.key.signature(f"tegata-link/1\n{unquote(urlsplit(url).path).split('/link')[1]}\n9e9")
    assert (await fetch(f"{url.split('?')[0]}?key={cities.key.id}&expires=9e9&signature={forever}")).status == 403
    assert await cities.kinds() == before


async def test_a_link_expires(cities: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    url = await cities.link(hours=1)
    cities.at(monkeypatch, dt.timedelta(minutes=59))
    assert (await fetch(url)).status == 200
    cities.at(monkeypatch, dt.timedelta(minutes=61))
    refused = await fetch(url)
    assert (refused.status, "expired" in refused.body.decode()) == (403, True)


async def test_what_leaves_is_counted_once_a_day_and_recorded_before(fresh: Opening) -> None:
    assert await fresh.kinds() == ["release"]
    url = await fresh.link("parquet")
    for _ in range(3):
        await asyncio.gather(fetch(url), fetch(url, Range="bytes=0-3"), fetch(url, "HEAD"))
    assert await fresh.kinds() == ["release", "rendition", "door_use"]
    await fetch(await fresh.link("csv"))
    assert await fresh.kinds() == ["release", "rendition", "door_use", "door_use"]
    _, shown = await fresh.provider.call("GET", f"/v1/doors/{fresh.transfer}")
    assert [use["file"] for use in shown["uses"]] == ["csv", "parquet"]
    entries = await fresh.provider.node.store.read(lambda tx: list(recorded(tx)))
    made = next(entry for entry in entries if (entry.kind, entry.subject) == ("rendition", fresh.transfer))
    body = (await fetch(url)).body
    assert made.body["data_digest"] == "sha256:" + hashlib.sha256(body).hexdigest()


async def test_a_use_that_is_counted_frees_no_other_transfer(fresh: Opening) -> None:
    """Under one agreement the same data may go twice; each time its people go with it, and are recorded."""
    guard = fresh.provider.node.doors.guard
    opened = await guard.enter(fresh.key.id, lambda _: True)
    await guard.hand_out(opened, "csv")
    other = msgspec.structs.replace(opened.release, transfer="urn:uuid:00000000-0000-4000-8000-000000000000")
    with pytest.raises(ProtocolError) as refused:
        await guard.hand_out(dataclasses.replace(opened, release=other), "csv")
    assert refused.value.status == 404


async def test_a_form_that_cannot_hold_the_data_says_so(register: Opening) -> None:
    transfer = {"transfer": register.transfer, "form": "tar"}
    status, problem = await register.provider.call("POST", "/v1/links", transfer)
    assert (status, problem["hint"]) == (400, "forms: csv, csv-bom, csv-sjis, parquet, excel, file, zip")


async def test_characters_that_shift_jis_lacks(cities: Opening, tmp_path: Path) -> None:
    source = tmp_path / "emoji.csv"
    source.write_text("code,mark\n1,é\n2,☃️\n", encoding="utf-8")
    snow = await opened(cities.provider, cities.consumer, source, OPEN)
    status, problem = await snow.provider.call("POST", "/v1/links", {"transfer": snow.transfer, "form": "csv-sjis"})
    assert (status, "é" in problem["title"], "csv-bom" in problem["hint"]) == (400, True, True)
    refused = await fetch(await snow.link("csv-sjis"))
    assert (refused.status, "表せない" in refused.body.decode()) == (422, True)
