"""Received tables as entities of context brokers: all rows or nobody says so, and nothing of others is replaced.

By a strict server written from the two specifications, and by Scorpio where one runs (`TEGATA_NGSI_LD`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tegata.catalog.brokers import fetch_entities
from tegata.cli import entities as laying
from tegata.cli.destination import Destination, destination_at
from tegata.cli.entity_rows import RECEIVED
from tegata.cli.placing import PASSPORT, placed
from tegata.cli.terminal import Terminal
from tegata.model.errors import InputError, OutboundError, StoreError, UsageError
from tegata.outbound import Outbound, OutboundPolicy
from tests.cli.context_broker import LINKED, V2, ContextBroker, simplified
from tests.cli.test_destinations import acquisition
from tests.cli.web_servers import serving
from tests.nodes import make_node
from tests.tables.test_pack import written

SENSORS = """id,celsius,open,name,code,location.type,location.coordinates,note
urn:ngsi-ld:Sensor:1,20.50,true,東,0123,Point,"[139.69,35.68]",
b 2,-3,false,b,9,Point,"[140,36]",x
"""
FIRST = {
    "id": "urn:ngsi-ld:Sensor:1",
    "type": "Sensor",
    "celsius": 20.5,
    "open": True,
    "name": "東",
    "code": "0123",
    "location": {"type": "Point", "coordinates": [139.69, 35.68]},
}
SECOND = {
    "id": "urn:ngsi-ld:Sensor:b%202",
    "type": "Sensor",
    "celsius": -3,
    "open": False,
    "name": "b",
    "code": "9",
    "location": {"type": "Point", "coordinates": [140, 36]},
    "note": "x",
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laying, "PAUSES", (0.01, 0.01))


class Tried:
    """A broker, and what a test does at it."""

    def __init__(self, server: Any, root: str, folder: Path) -> None:
        self.server, self.root, self.folder = server, root, folder

    def place(self, query: str = "?type=Sensor") -> Destination:
        return destination_at(f"{self.root}/entities{query}", self.folder / "node")

    def file(self, text: str = SENSORS) -> Path:
        (self.folder / "in.csv").write_text(text)
        return self.folder / "in.csv"

    def there(self, kind: str = "Sensor") -> list[dict[str, Any]]:
        """What stands there, in the simplified form, without where it leads to."""
        found = [simplified(one) for one in self.server.entities.values() if one["type"] == kind]
        return [{name: value for name, value in one.items() if name != RECEIVED} for one in found]


@pytest.fixture(params=[LINKED, V2])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    make_node(tmp_path / "node", "Example Node")
    with serving(ContextBroker) as (server, address):
        known: Any = server
        known.entities, known.refuses, known.links, known.busy = {}, set(), [], 0
        yield Tried(known, address + request.param, tmp_path)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(language="en", as_json=False, quiet=True)


def test_each_row_is_an_entity(broker: Tried) -> None:
    place = broker.place()
    assert not place.is_taken("ward.csv")
    place.put("ward.csv", broker.file())
    assert broker.there() == [FIRST, SECOND]
    assert place.is_taken("ward.csv")
    (marker,) = broker.there("TegataReceived")
    assert (marker["name"], marker["rows"]) == ("ward.csv", 2)
    assert marker["digest"].startswith("sha256:")
    led = [simplified(one)[RECEIVED] for one in broker.server.entities.values() if one["type"] == "Sensor"]
    assert led == [marker["id"]] * 2


def test_what_was_laid_is_read_as_a_source(broker: Tried) -> None:
    broker.place().put("ward.csv", broker.file())
    rows = asyncio.run(_read(f"{broker.root}/entities?type=Sensor", broker.folder / "out"))
    assert [{name: value for name, value in one.items() if name != RECEIVED} for one in rows] == [FIRST, SECOND]


async def _read(url: str, out: Path) -> list[dict[str, Any]]:
    gate = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    await fetch_entities(gate, url, out, 1 << 20)
    await gate.close()
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_the_passport_comes_last_and_lies_there_whole(broker: Tried, terminal: Terminal) -> None:
    (broker.folder / "p").write_text("e30.e30.AA")
    (broker.folder / "data.csv").write_text(SENSORS)
    place = broker.place()
    done = placed(acquisition(broker.folder / "data.csv", broker.folder / "p"), "ward", place, terminal, force=False)
    assert done.passport == place.shown("ward" + PASSPORT)
    assert [one.get("document") for one in broker.there("TegataReceived")] == [None, "e30.e30.AA"]
    with pytest.raises(UsageError, match="already exists"):
        place.refuse_taken("ward" + PASSPORT, force=False)


def test_tables_of_one_data_set(broker: Tried, terminal: Terminal) -> None:
    files = {"a.csv": b"id,n\na,1\n", "b.csv": b"id,n\nb,2\n"}
    archive = written(broker.folder / "archive", files)
    placed(acquisition(archive), "town", broker.place(), terminal, force=False)
    assert [one["n"] for one in broker.there()] == [1, 2]
    assert broker.place().is_taken("town/manifest.json")
    kept = broker.there("TegataReceived")[-1]["document"]
    assert "a.csv" in base64.urlsafe_b64decode(kept + "==").decode()


def test_breaks_and_a_busy_broker_are_got_over(broker: Tried) -> None:
    broker.server.breaks = broker.server.busy = 1
    broker.place().put("ward.csv", broker.file())
    assert broker.there() == [FIRST, SECOND]


def test_what_breaks_off_is_not_said_to_be_there_and_goes_on_when_it_is_done_again(
    broker: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle: of 250 rows the first hundred lie there."""
    monkeypatch.setattr(laying, "_MOST", 100)
    text = "id,n\n" + "".join(f"s{n},{n}\n" for n in range(250))
    post, posts = laying._Broker._post, iter(range(99))

    async def breaking(self: Any, ask: Any) -> Any:
        if next(posts) == 4:  # three queries, and the first hundred
            broker.server.breaks = 100
        return await post(self, ask)

    monkeypatch.setattr(laying._Broker, "_post", breaking)
    with pytest.raises(StoreError):
        broker.place().put("ward.csv", broker.file(text))
    assert len(broker.there()) == 100
    broker.server.breaks = 0
    assert not broker.place().is_taken("ward.csv")
    broker.place().put("ward.csv", broker.file(text))
    assert [one["n"] for one in broker.there()] == list(range(250))


def test_nothing_of_others_is_replaced_and_nothing_is_laid_beside_it(broker: Tried) -> None:
    form = laying.LinkedData() if broker.root.endswith(LINKED) else laying.V2()
    own = {"id": SECOND["id"], "type": "Sensor", "celsius": form.attribute(7)}
    broker.server.entities[own["id"]] = own
    with pytest.raises(StoreError, match="somebody else's"):
        broker.place().put("ward.csv", broker.file())
    assert list(broker.server.entities.values()) == [own]


def test_another_version_takes_the_place_of_one_and_leaves_nothing_of_it(broker: Tried) -> None:
    broker.place().put("ward.csv", broker.file())
    broker.place().put("ward.csv", broker.file("id,celsius\nurn:ngsi-ld:Sensor:1,21\n"))
    assert broker.there()[0] == {"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor", "celsius": 21}
    with pytest.raises(StoreError, match="somebody else's"):
        broker.place().put("other.csv", broker.file())


def test_entities_that_a_broker_refuses_are_named(broker: Tried) -> None:
    broker.server.refuses = {SECOND["id"]}
    with pytest.raises(StoreError) as told:
        broker.place().put("ward.csv", broker.file())
    assert "not wanted" in str(told.value)
    assert "1 of 2" in str(told.value)
    assert not broker.place().is_taken("ward.csv")
    if broker.root.endswith(LINKED):  # NGSIv2 does not say which
        assert SECOND["id"] in str(told.value)


def test_columns_that_are_text(broker: Tried) -> None:
    broker.place("?type=Sensor&text=celsius&text=open&text=location.coordinates").put("a.csv", broker.file())
    assert [(one["celsius"], one["open"]) for one in broker.there()] == [("20.50", "true"), ("-3", "false")]


@pytest.mark.parametrize(
    "cell", ["01", "+1", "1.", ".5", "1e3", "NaN", "1234567890123456", "--1", "１", "True", "[1", "{}x"]
)
def test_what_is_no_number_as_it_stands_is_text(broker: Tried, cell: str) -> None:
    broker.place().put("a.csv", broker.file(f"id,n\na,{cell}\nb,1\n"))
    assert [one["n"] for one in broker.there()] == [cell, "1"]


def test_a_column_names_types_and_another_names_entities(broker: Tried) -> None:
    broker.place("?id=station").put("a.csv", broker.file("station,type,n\na,Sensor,1\nb,Gate,2\n"))
    assert [(one["type"], one["n"]) for one in broker.there() + broker.there("Gate")] == [("Sensor", 1), ("Gate", 2)]


def test_the_context_goes_where_it_was_named(broker: Tried) -> None:
    """The broker would fetch it: so it is not for the data to say which."""
    context = "https://context.example/v1.jsonld"
    text = f"id,@context,n\na,{context},1\n"
    with pytest.raises(StoreError, match=r"context https://context.example/v1.jsonld"):
        broker.place().put("a.csv", broker.file(text))
    assert not broker.server.links
    broker.place(f"?type=Sensor&context={context}").put("a.csv", broker.file(text))
    assert set(broker.server.links) == {
        f'<{context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    }


def test_names_of_columns_that_no_attribute_may_have(broker: Tried) -> None:
    """Those of windows of streams, and what people write."""
    broker.place().put("a.csv", broker.file("id,_topic,temp (C),a.b c,n_\nx,ward/1,20,3,4\n"))
    assert broker.there()[0] | {"a": {"b c": 3}, "n": 4} == {
        "id": broker.there()[0]["id"],
        "type": "Sensor",
        "topic": "ward/1",
        "temp_C": 20,
        "a": {"b c": 3},
        "n": 4,
    }


BAD = {
    "id,topic,_topic\nx,1,2\n": "two columns would be one",
    "id,(),n\nx,1,2\n": "a part of one",
    "n\n1\n": "no column `id`",
    "id\na\na\n": "two rows are called `a`",
    "id,n\na,1\n,2\n": "nothing in `id`",
    "id,a,a.b\n1,2,3\n": "a part of one",
    "id,type\na,Other\n": "another `type`",
    "id,@context,n\na,javascript:x,1\n": "context ?",
}


@pytest.mark.parametrize("text", BAD)
def test_tables_that_are_no_entities(broker: Tried, text: str) -> None:
    with pytest.raises(StoreError) as told:
        broker.place().put("a.csv", broker.file(text))
    assert BAD[text] in str(told.value)
    assert broker.server.entities == {}


@pytest.mark.parametrize(
    "query", ["?limit=3", "?type=a&type=b", "?id=", "?context=ftp://x", '?type=a&context=https://x.example/">']
)
def test_queries_that_are_not_known(broker: Tried, query: str) -> None:
    with pytest.raises(UsageError, match="query"):
        broker.place(query)


def test_who_answers_as_no_broker_is_told(broker: Tried) -> None:
    broker.root += "/nowhere/ngsi-ld/v1"
    with pytest.raises(StoreError, match="404"):
        broker.place().put("a.csv", broker.file())


def test_a_row_without_a_type_and_the_gate(broker: Tried) -> None:
    with pytest.raises(StoreError, match="no type"):
        broker.place("").put("a.csv", broker.file())
    broker.root = "https://169.254.169.254" + LINKED
    with pytest.raises(OutboundError):
        broker.place().put("a.csv", broker.file())


def test_what_is_no_table(broker: Tried) -> None:
    (broker.folder / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises((StoreError, InputError)):
        broker.place().put("x.png", broker.folder / "x.png")


def test_by_a_broker_that_others_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = os.environ.get("TEGATA_NGSI_LD", "")
    if not root:
        pytest.skip(
            "no broker of NGSI-LD here: TEGATA_NGSI_LD is the address of one, as http://127.0.0.1:9090/ngsi-ld/v1"
        )
    make_node(tmp_path / "node", "Example Node")
    monkeypatch.setattr(laying, "_MOST", 30)
    own = os.urandom(4).hex()
    kind, name = f"Sensor{own}", f"ward-{own}.csv"
    lines = [f'{kind}-{n},{n}.5,{"true" if n % 2 else "false"},東{n},Point,"[139.69,{n % 80}]"' for n in range(100)]
    (tmp_path / "in.csv").write_text("\n".join(["id,celsius,open,name,location.type,location.coordinates", *lines]))
    place = destination_at(f"{root}/entities?type={kind}", tmp_path / "node")
    assert not place.is_taken(name)
    place.put(name, tmp_path / "in.csv")
    place.put(name, tmp_path / "in.csv")  # again, with the same outcome
    assert place.is_taken(name)
    rows = asyncio.run(_read(f"{root}/entities?type={kind}", tmp_path / "out"))
    assert sorted((one["celsius"], one["open"], one["name"], one["location"]["coordinates"]) for one in rows) == [
        (n + 0.5, bool(n % 2), f"東{n}", [139.69, n % 80]) for n in range(100)
    ]
    with pytest.raises(StoreError, match="somebody else's"):
        place.put(f"other-{own}.csv", tmp_path / "in.csv")
    (tmp_path / "in.csv").write_text('id,location.type,location.coordinates\nx,Point,"[1,2]"\ny,Point,"[1000,2,5,7]"\n')
    with pytest.raises(StoreError, match=f"1 of 2 were refused: urn:ngsi-ld:Place{own}:y"):
        destination_at(f"{root}/entities?type=Place{own}", tmp_path / "node").put(f"p-{own}", tmp_path / "in.csv")
