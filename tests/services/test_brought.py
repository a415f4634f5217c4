"""Push, seen from who asked for it: what a provider may bring to this node, and what no sender may."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest
import pytest_asyncio

from tegata.evidence import recorded
from tegata.model.errors import PeerError
from tegata.node.config import Limits, read_config
from tegata.outbound import Outbound, OutboundPolicy
from tegata.store import releases
from tegata.store.releases import StoredRelease
from tegata.wire.dsp.address import HttpAddress
from tegata.wire.resumption import PARTIAL
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, OPEN, patients, postal, recipient


async def entries(node: LiveNode, kind: str) -> list[dict[str, Any]]:
    return [e.body for e in await node.node.store.read(lambda tx: list(recorded(tx))) if e.kind == kind]


async def transfer_of(node: LiveNode) -> dict[str, Any]:
    (found,) = (await node.call("GET", "/v1/transfers"))[1]
    return dict(found)


async def until(node: LiveNode, state: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (found := await transfer_of(node))["state"] != state:
            await asyncio.sleep(0.02)
    return found


async def test_two_nodes_and_a_push(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(patients(tmp_path / "patients.csv"), ENTRUSTED)
    got = await consumer.acquires("Example Provider", dataset, push=True)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed")
    data = Path(got["data"]).read_bytes()
    assert (len(data), "佐藤" in data.decode()) == (got["bytes"], False)
    for node in (provider, consumer):
        assert (await until(node, "COMPLETED"))["format"] == "HttpData-PUSH"
    ((pushed,), (delivered,)) = await entries(provider, "pushed"), await entries(consumer, "delivery")
    assert (delivered["data_digest"], delivered["verdict"]) == (pushed["data_digest"], "total-passed")
    assert sorted(file.name for file in Path(got["data"]).parent.iterdir()) == ["data.csv", "passport.jws"]


async def test_a_peer_without_passports_brings_data_alone(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consumer.knows(provider, "Example Provider", {}, gives_passports=False)
    async with brought(provider, consumer, tmp_path, monkeypatch) as case:
        assert await case.bring(passport=False) == 200
        got = await case.acquisition()
        assert (got["phase"], got["verdict"], got["passport"]) == ("done", "no-passport", "")


class Case(NamedTuple):
    """A push that has started, with a provider that brings what the test tells it to."""

    consumer: LiveNode
    wanted: str
    release: StoredRelease
    address: HttpAddress

    @property
    def data(self) -> bytes:
        return Path(self.release.path).read_bytes()

    async def post(self, url: str, body: bytes, token: str | None = None, announced: int | None = None) -> int:
        """Status of one request on a connection of its own."""
        async with self.sending(url, token, len(body) if announced is None else announced) as (reader, writer):
            writer.write(body)
            return await status(reader)

    async def bring(self, data: bytes | None = None, *, passport: bool = True) -> int:
        """The passport and the data; the status of what is answered last."""
        if passport and (told := await self.post(self.address.passport, self.release.passport.encode())) != 200:
            return told
        return await self.post(self.address.endpoint, self.data if data is None else data)

    @contextlib.asynccontextmanager
    async def sending(
        self, url: str, token: str | None, announced: int
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A request whose head is sent; `announced` bytes, or in chunks when that is negative."""
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        length = "Transfer-Encoding: chunked" if announced < 0 else f"Content-Length: {announced}"
        token = self.address.authorization if token is None else token
        head = f"POST {place.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n"
        writer.write(head.encode())
        try:
            yield reader, writer
        finally:
            writer.close()

    async def acquisition(self) -> dict[str, Any]:
        return dict((await self.consumer.call("GET", f"/v1/acquisitions/{self.wanted}"))[1])

    def kept(self) -> list[Path]:
        return [file for file in (self.consumer.folder / "received").rglob("*") if file.is_file()]

    async def goes_on(self) -> None:
        """Nothing has happened: nothing is kept, and the data can still be brought."""
        assert self.kept() == []
        assert await self.bring() == 200

    async def has_failed(self, words: str) -> None:
        await self.consumer.empties("received")
        got = await self.acquisition()
        assert (got["phase"], (await until(self.consumer, "TERMINATED"))["state"]) == ("failed", "TERMINATED")
        assert words in got["reasons"][0]["en"]
        assert await entries(self.consumer, "delivery") == []
        assert await self.bring() == 404


async def status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(10):
        return int((await reader.readline()).split()[1])


@contextlib.asynccontextmanager
async def brought(
    provider: LiveNode, consumer: LiveNode, folder: Path, monkeypatch: pytest.MonkeyPatch, rows: int = 40
) -> AsyncIterator[Case]:
    address: asyncio.Future[HttpAddress] = asyncio.get_running_loop().create_future()

    async def bring(_self: object, _transfer: str, _release: StoredRelease, where: HttpAddress) -> None:
        address.cancelled() or address.done() or address.set_result(where)
        raise PeerError("as often as the test likes, and in its own way")

    monkeypatch.setattr("tegata.transfer.push.PushDesk._bring", bring)
    dataset = await provider.publishes(patients(folder / "patients.csv", rows), ENTRUSTED)
    wish = {"peer": "Example Provider", "dataset": dataset, "push": True}
    _, wanted = await consumer.call("POST", "/v1/acquisitions", wish)
    async with asyncio.timeout(10):
        where = await address
    await until(consumer, "STARTED")
    transfer = (await transfer_of(provider))["id"]
    release = await provider.node.store.read(lambda tx: releases.get(tx, transfer))
    assert release is not None
    yield Case(consumer, wanted["id"], release, where)


@pytest_asyncio.fixture
async def case(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Case]:
    async with brought(provider, consumer, tmp_path, monkeypatch) as started:
        yield started


async def test_only_the_token_of_this_transfer(case: Case, provider: LiveNode) -> None:
    other = await provider.publishes(postal(provider.folder / "postal.csv"), OPEN)
    pulled = await case.consumer.acquires("Example Provider", other)
    for url in (case.address.endpoint, case.address.passport):
        for token in ("", "wrong", case.address.authorization + "x", provider.keys.token):
            assert await case.post(url, case.data, token) == 404
    for stranger in (pulled["transfer"], "urn:uuid:nobody"):
        root = case.address.endpoint.rpartition("/")[0]
        assert await case.post(f"{root}/{stranger}", case.data) == 404
    shutil.rmtree(Path(pulled["data"]).parent)
    await case.goes_on()


async def test_data_does_not_come_before_its_passport(case: Case) -> None:
    assert await case.bring(passport=False) == 409
    await case.goes_on()


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_the_passport_states(case: Case, announced: bool) -> None:
    longer = case.data + b"x"
    body = longer if announced else b"%x\r\n%s\r\n0\r\n\r\n" % (len(longer), longer)
    assert await case.post(case.address.passport, case.release.passport.encode()) == 200
    assert await case.post(case.address.endpoint, body, announced=len(body) if announced else -1) == 422
    await case.has_failed("more data came than was announced")


async def test_other_data_than_the_passport_s(case: Case) -> None:
    assert await case.bring(b"x" + case.data[1:]) == 422
    await case.has_failed("the passport does not hold")


@pytest.mark.parametrize("passport", [b"", b"a.b.c"])
async def test_a_passport_that_does_not_hold(case: Case, passport: bytes) -> None:
    assert await case.post(case.address.passport, passport) == 422
    await case.has_failed("the passport does not hold")


async def test_a_passport_of_another_transfer(case: Case, provider: LiveNode) -> None:
    dataset = await provider.publishes(postal(provider.folder / "postal.csv"), OPEN)
    pulled = await case.consumer.acquires("Example Provider", dataset)
    assert await case.post(case.address.passport, Path(pulled["passport"]).read_bytes()) == 422
    assert (await case.acquisition())["reasons"][0]["en"] == "the passport is not for this transfer"


async def test_what_breaks_off_is_brought_again_from_its_beginning(case: Case) -> None:
    assert await case.post(case.address.passport, case.release.passport.encode()) == 200
    async with case.sending(case.address.endpoint, None, len(case.data)) as (_, writer):
        writer.write(case.data[:-1])
        await writer.drain()
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)
    await case.goes_on()
    assert len(case.kept()) == 2


async def test_twice_at_once_and_once_more(case: Case) -> None:
    assert await case.post(case.address.passport, case.release.passport.encode()) == 200
    async with case.sending(case.address.endpoint, None, len(case.data)) as (reader, writer):
        writer.write(case.data[:10])
        async with asyncio.timeout(5):
            while not case.kept():
                await asyncio.sleep(0.01)
        assert await case.post(case.address.endpoint, case.data) == 503
        writer.write(case.data[10:])
        assert await status(reader) == 200
    before = case.kept()
    assert await case.bring(b"other data") == 200
    assert [file.read_bytes() for file in before if file.suffix == ".csv"] == [case.data]
    assert (case.kept(), len(await entries(case.consumer, "delivery"))) == (before, 1)


async def test_nothing_is_taken_after_completion(case: Case, provider: LiveNode) -> None:
    assert await case.bring() == 200
    transfer = (await transfer_of(provider))["id"]
    assert (await provider.call("POST", f"/v1/transfers/{transfer}/complete", {}))[0] == 200
    await until(case.consumer, "COMPLETED")
    before = case.kept()
    passport = case.release.passport.encode()
    assert await case.post(case.address.passport, passport) == 404
    assert await case.post(case.address.endpoint, b"other") == 404
    assert (case.kept(), (await case.acquisition())["phase"]) == (before, "done")


async def test_a_suspended_transfer_takes_nothing(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with brought(provider, consumer, tmp_path, monkeypatch, rows=6000) as case:
        third = len(case.data) // 3
        assert third > 64 << 10
        transfer = (await transfer_of(consumer))["id"]
        assert await case.post(case.address.passport, case.release.passport.encode()) == 200
        async with case.sending(case.address.endpoint, None, len(case.data)) as (reader, writer):
            writer.write(case.data[:third])
            async with asyncio.timeout(5):
                while not case.kept():
                    await asyncio.sleep(0.01)
            await consumer.call("POST", f"/v1/transfers/{transfer}/suspend", {})
            writer.write(case.data[third : 2 * third])
            assert await status(reader) == 503  # before the last third
        assert await case.post(case.address.endpoint, case.data) == 503
        await until(provider, "SUSPENDED")
        await consumer.call("POST", f"/v1/transfers/{transfer}/resume", {})
        await until(consumer, "STARTED")
        await case.goes_on()


async def test_a_full_disk_is_said_in_words(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(case.consumer.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100))
    assert await case.bring() == 507
    await case.has_failed("the disk has no room for the data")


async def test_not_more_than_the_node_takes(
    provider: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "consumer"
    make_node(folder, "Example Consumer")
    config = msgspec.structs.replace(read_config(folder), limits=Limits(received_bytes=200))
    (folder / "node.yaml").write_bytes(msgspec.yaml.encode(config))
    async with live_node(folder) as consumer:
        await provider.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(provider, "Example Provider", {})
        async with brought(provider, consumer, tmp_path, monkeypatch) as case:
            assert await case.bring() == 422
            await case.has_failed("longer than 200 bytes")


async def test_what_goes_on_must_begin_where_the_last_chunk_ends(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with brought(provider, consumer, tmp_path, monkeypatch) as case:
        outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))

        async def said(method: str, url: str, body: bytes = b"", token: str = "", **fields: str) -> int:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            headers["Authorization"] = f"Bearer {token or case.address.authorization}"
            return (await outbound.request(method, url, headers=headers, content=body)).status

        to, lists, typed = case.address.endpoint, case.address.chunks, {"Content_Type": PARTIAL}
        assert await said("HEAD", to) == 409  # the passport comes first
        assert await said("POST", lists, b"x" * 32) == 409
        assert await said("POST", case.address.passport, case.release.passport.encode()) == 200
        assert await said("POST", lists, b"x" * 32) == 422
        assert await said("HEAD", to, token="wrong") == 404
        assert await said("PATCH", to, b"x", token="wrong", Upload_Offset="0", **typed) == 404
        for fields in (
            {},
            {"Upload_Offset": "0"},
            {**typed, "Upload_Offset": "-1"},
            {**typed, "Upload_Offset": "9" * 16},
        ):
            assert await said("PATCH", to, b"x", **fields) == 400
        assert await said("PATCH", to, b"x", Upload_Offset="5", **typed) == 409
        assert await said("HEAD", to) == 204
        assert await said("PATCH", to, case.data, Upload_Offset="0", **typed) == 200
        assert await said("HEAD", to) == 204
        await outbound.close()
