"""Context brokers as sources, by a strict server written from the two specifications: no broker runs here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tegata.catalog import brokers
from tegata.catalog.brokers import fetch_entities, is_broker
from tegata.model.errors import InputError
from tegata.outbound import Outbound, OutboundPolicy
from tests.nodes import LiveNode, free_port, served
from tests.services.conftest import OPEN

PATHS = ("/ngsi-ld/v1/entities", "/v2/entities")


def sensors(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"urn:ngsi-ld:Sensor:{n}", "type": "Sensor", "temperature": 20 + n % 9, "@context": "https://x.example"}
        for n in range(count)
    ]


@dataclass
class Broker:
    """Answers what the specifications say, and refuses what they do not. `moves`: entities that go before a page."""

    entities: list[dict[str, Any]] = field(default_factory=lambda: sensors(25))
    moves: int = 0
    raw: bytes = b""
    link: str = ""
    untold: bool = False

    async def answer(self, request: Request) -> Response:
        query, linked = dict(request.query_params), request.url.path == PATHS[0]
        options = query.pop("options", "").split(",")
        counting = query.pop("count", "") == "true" if linked else "count" in options
        limit, offset = int(query.pop("limit", "20")), int(query.pop("offset", "0"))
        if not 0 < limit <= 1000 or query.keys() - {"type", "q"} or set(options) - {"keyValues", "count"}:
            return Response(status_code=400)
        if "keyValues" not in options or request.headers["accept"] != "application/json":
            return Response(status_code=406)
        if self.raw:
            return Response(self.raw, headers={"NGSILD-Results-Count": "1", "Fiware-Total-Count": "1"})
        if self.moves and offset:
            self.moves -= 1
            self.entities.pop(0)
        chosen = [one for one in self.entities if query.get("type", one["type"]) == one["type"]]
        name = "NGSILD-Results-Count" if linked else "Fiware-Total-Count"
        told = {name: str(len(chosen))} if counting and not self.untold else {}
        told |= {"Link": self.link} if self.link else {}
        return JSONResponse(chosen[offset : offset + limit], headers=told)

    def app(self) -> Starlette:
        return Starlette(routes=[Route(path, self.answer) for path in PATHS])


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "_PAGE", 10)


async def fetched(broker: Broker, out: Path, path: str, query: str = "?type=Sensor", most: int = 1 << 20) -> list[Any]:
    port, outbound = free_port(), Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    try:
        async with served(broker.app(), f"127.0.0.1:{port}"):
            await fetch_entities(outbound, f"http://127.0.0.1:{port}{path}{query}", out, most)
    finally:
        await outbound.close()
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.parametrize("count", [1, 10, 25])
@pytest.mark.parametrize("path", PATHS)
async def test_every_entity_is_a_line(tmp_path: Path, path: str, count: int) -> None:
    rows = await fetched(Broker(sensors(count)), tmp_path / "out", path, "" if count == 1 else "?type=Sensor")
    assert rows == [{name: value for name, value in one.items() if name != "@context"} for one in sensors(count)]


LINKS = {
    '<https://x.example/c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"': "https://x.example/c",
    '</next>; rel="next", <https://x.example/c>; rel="http://www.w3.org/ns/json-ld#context"': "https://x.example/c",
    '<https://x.example/c>; rel="next"': "",
    '<file:///etc/passwd>; rel="http://www.w3.org/ns/json-ld#context"': "",
    "nothing of the kind": "",
    '<https://uri.etsi.org/ngsi-ld/v1/core-context-v1.8.jsonld>; rel="http://www.w3.org/ns/json-ld#context"': "",
}


@pytest.mark.parametrize("link", LINKS)
async def test_the_context_that_a_broker_names_is_kept(tmp_path: Path, link: str) -> None:
    """And none that an entity brings along."""
    rows = await fetched(Broker(sensors(12), link=link), tmp_path / "out", PATHS[0])
    assert [row.get("@context", "") for row in rows] == [LINKS[link]] * 12


async def test_what_goes_meanwhile_is_seen_and_all_is_read_again(tmp_path: Path) -> None:
    rows = await fetched(Broker(moves=1), tmp_path / "out", PATHS[0])
    assert [row["id"] for row in rows] == [one["id"] for one in sensors(25)[1:]]


async def test_what_changes_all_the_time_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="come and go"):
        await fetched(Broker(moves=20), tmp_path / "out", PATHS[0])


BAD: dict[str, tuple[Broker, str, str]] = {
    "none": (Broker([]), "?type=Sensor", "there is none"),
    "no count": (Broker(untold=True), "?type=Sensor", "how many"),
    "no list": (Broker(raw=b'{"id": "x"}'), "", "no entities"),
    "no id": (Broker(raw=b'[{"type": "x"}]'), "", "no entities"),
    "deep": (Broker(raw=b"[" * 100_000), "", "no entities"),
    "no JSON": (Broker(raw=b"\xff\xfe<html>"), "", "no entities"),
    "pages": (Broker(), "?type=Sensor&limit=5", "pages by itself"),
    "refused": (Broker(), "?georel=near", "400"),
    "twice": (Broker([sensors(1)[0]] * 12), "", "come and go"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_answers_are_told(tmp_path: Path, name: str) -> None:
    broker, query, said = BAD[name]
    with pytest.raises(InputError, match=said):
        await fetched(broker, tmp_path / "out", PATHS[1], query)


async def test_no_more_comes_than_is_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 100 bytes"):
        await fetched(Broker(), tmp_path / "out", PATHS[0], most=100)


def test_addresses_of_brokers() -> None:
    assert is_broker("https://broker.example/ngsi-ld/v1/entities?type=Sensor")
    assert is_broker("https://broker.example/orion/v2/entities")
    assert not is_broker("https://broker.example/v2/entities/urn:1")


async def test_entities_are_published_and_leave_as_they_are_then(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    broker, port = Broker(), free_port()
    async with served(broker.app(), f"127.0.0.1:{port}"):
        dataset = await provider.publishes_at(f"http://127.0.0.1:{port}{PATHS[0]}?type=Sensor", OPEN)
        broker.entities[0]["temperature"] = 99
        got = await consumer.acquires("Example Provider", dataset)
    assert got["phase"] == "done", got["reasons"]
    lines = Path(got["data"]).read_text().splitlines()
    assert (lines[0], len(lines), "99" in lines[1]) == ("id,type,temperature", 26, True)
