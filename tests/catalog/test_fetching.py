"""Files of the web as sources: whole whatever breaks off, one version and never two, and no more than is taken."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tegata.apart import Apart
from tegata.catalog import Places, fetching
from tegata.catalog.fetching import fetch
from tegata.model.errors import InputError, OutboundError, PeerError
from tegata.outbound import Outbound, OutboundPolicy
from tests.nodes import LiveNode, free_port, served
from tests.services.conftest import OPEN

BYTES = random.Random(6).randbytes(900_000)


@dataclass
class Server:
    """Gives one file, its versions answer by answer; the answers to come are cut after so many bytes."""

    versions: list[bytes] = field(default_factory=lambda: [BYTES])
    cuts: list[int] = field(default_factory=list)
    tagged: bool = True
    lies: bool = False  # gives another part than was asked for
    status: int = 200
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        asked = request.headers.get("range", "")
        self.asked.append(asked)
        if self.status != 200:
            return Response(status_code=self.status, headers={"Location": "http://127.0.0.1:1/elsewhere"})
        data = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
        tag = f'"{hash(data)}"' if self.tagged else 'W/"weak"'
        start = int(asked[6:-1]) if asked and request.headers.get("if-range") == tag else 0
        headers = {"ETag": tag, "Content-Length": str(len(data) - start)}
        if start:
            said = start + 1 if self.lies else start
            headers["Content-Range"] = f"bytes {said}-{len(data) - 1}/{len(data)}"
        body = self._body(data[start:], self.cuts.pop(0) if self.cuts else None)
        return StreamingResponse(body, 206 if start else 200, headers)

    async def _body(self, data: bytes, cut: int | None) -> AsyncIterator[bytes]:
        for place in range(0, len(data) if cut is None else cut, 64 << 10):
            yield data[place : place + (64 << 10)]
        if cut is not None:
            raise ConnectionResetError


async def fetched(server: Server, out: Path, most: int = 1 << 20) -> bytes:
    port = free_port()
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    app = Starlette(routes=[Route("/data.bin", server.answer)])
    try:
        async with served(app, f"127.0.0.1:{port}"):
            await fetch(outbound, f"http://127.0.0.1:{port}/data.bin", out, most)
    finally:
        await outbound.close()
    return out.read_bytes()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSES", (0.0,) * 5)


async def test_it_goes_on_after_every_break(tmp_path: Path) -> None:
    server = Server(cuts=[300_000, 200_000, 1])
    assert await fetched(server, tmp_path / "out") == BYTES
    assert server.asked[0] == ""
    assert all(asked.startswith("bytes=") for asked in server.asked[1:])


async def test_another_version_in_the_middle_is_fetched_from_its_beginning(tmp_path: Path) -> None:
    other = BYTES[::-1]
    server = Server(versions=[BYTES, other], cuts=[300_000])
    assert await fetched(server, tmp_path / "out") == other


async def test_without_a_strong_tag_it_begins_again(tmp_path: Path) -> None:
    server = Server(versions=[BYTES, BYTES[::-1]], cuts=[300_000], tagged=False)
    assert await fetched(server, tmp_path / "out") == BYTES[::-1]
    assert server.asked == ["", ""]


async def test_another_part_is_not_taken_for_the_one_that_was_asked_for(tmp_path: Path) -> None:
    server = Server(cuts=[300_000], lies=True)
    assert await fetched(server, tmp_path / "out") == BYTES
    assert server.asked[-1] == ""


async def test_who_never_gets_to_the_end_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(PeerError):
        await fetched(Server(cuts=[0] * 20, tagged=False), tmp_path / "out")


async def test_no_more_comes_than_is_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most"):
        await fetched(Server(), tmp_path / "out", most=500_000)
    assert (tmp_path / "out").stat().st_size <= 500_000


@pytest.mark.parametrize("status", [302, 401, 404])
async def test_what_is_not_there_is_told(tmp_path: Path, status: int) -> None:
    with pytest.raises(InputError, match=str(status)):
        await fetched(Server(status=status), tmp_path / "out")


async def test_where_the_gate_does_not_lead(tmp_path: Path) -> None:
    outbound = Outbound(OutboundPolicy())
    for place in ("http://127.0.0.1:1/x.csv", "https://169.254.169.254/latest"):
        with pytest.raises(OutboundError):
            await Places(outbound, 1 << 20, Apart()).open(place)
    await outbound.close()


async def test_a_table_of_the_web_is_published_and_fetched_anew(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    table = b"code,name\r\n1,A\r\n2,B\r\n"
    server, port = Server(versions=[table]), free_port()
    async with served(Starlette(routes=[Route("/open/places.csv", server.answer)]), f"127.0.0.1:{port}"):
        request = {"path": f"http://127.0.0.1:{port}/open/places.csv", "facts": OPEN}
        request |= {"title": {"en": "x", "ja": "x"}, "description": {"en": "", "ja": ""}}
        status, document = await provider.call("POST", "/v1/datasets", request)
        assert status == 201, document
        got = await consumer.acquires("Example Provider", document["dataset"]["id"])
        assert got["phase"] == "done", got["reasons"]
        assert Path(got["data"]).read_bytes() == table
        assert len(server.asked) == 2, "once to be scanned, once to leave"
