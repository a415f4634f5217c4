"""Two nodes, and a table of the one that stays open for the other."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tegata.clock import FixedClock
from tegata.evidence import recorded
from tegata.outbound import Answer, Outbound, OutboundPolicy
from tegata.transfer.access import AccessKey, key_from
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, OPEN, PROVIDER, patients, recipient

CITIES = (
    "code,市,people,share,since,open,note\r\n"
    '010006,札幌市,1973395,15.5,1922-08-01,true,"a, ""quoted"" note"\r\n'
    "131016,千代田区,66680,0.5,1947-03-15,false,\r\n"
    "271004,大阪市,2752412,31.25,1889-04-01,true,=1+1\r\n"
)
"""A table without people: codes with leading zeros, numbers, days, truth values, and a cell like a formula."""


async def fetch(url: str, method: str = "GET", content: bytes = b"", **headers: str) -> Answer:
    """One request of a stranger."""
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await outbound.request(method, url, headers=named, content=content, max_bytes=1 << 24)
    finally:
        await outbound.close()


def signed(url: str, key: AccessKey, method: str = "GET", at: dt.datetime | None = None, **more: str) -> dict[str, str]:
    """The fields of a request signed for S3, written anew from its documents: nothing of what reads them is used."""
    time = (at or dt.datetime.now(dt.UTC)).strftime("%Y%m%dT%H%M%SZ")
    split = urlsplit(url)
    named = {name.lower().replace("_", "-"): value for name, value in more.items()}
    fields = {
        "host": split.netloc,
        "x-amz-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-amz-date": time,
        **named,
    }
    names = ";".join(sorted(fields))
    lines = [f"{name}:{fields[name]}" for name in sorted(fields)]
    query = "&".join(sorted(part if "=" in part else part + "=" for part in split.query.split("&") if part))
    request = "\n".join([method, split.path, query, *lines, "", names, fields["x-amz-content-sha256"]])
    scope = f"{time[:8]}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    said = f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**{name: value for name, value in fields.items() if name != "host"}, "authorization": said}


@dataclass(frozen=True)
class Opening:
    """A transfer whose data stays with its provider, as the consumer's operator sees it."""

    provider: LiveNode
    consumer: LiveNode
    acquisition: dict[str, Any]
    doors: dict[str, Any]

    @property
    def transfer(self) -> str:
        """The provider's id."""
        return self.key.transfer

    @property
    def key(self) -> AccessKey:
        key = key_from(self.token)
        if key is None:
            raise AssertionError(self.doors)
        return key

    @property
    def token(self) -> str:
        return f"{self.doors['key']}.{self.doors['secret']}"

    async def link(self, form: str = "csv", **more: Any) -> str:
        wanted = {"transfer": self.acquisition["id"], "form": form, **more}
        status, document = await self.consumer.call("POST", "/v1/links", wanted)
        if status != 201:
            raise AssertionError(document)
        return str(document["url"])

    async def order(self, order: str) -> None:
        """The provider's operator steers the transfer."""
        status, document = await self.provider.call("POST", f"/v1/transfers/{self.transfer}/{order}", {})
        if status != 200:
            raise AssertionError(document)

    def at(self, patch: pytest.MonkeyPatch, later: dt.timedelta) -> None:
        """Let the guard of the provider's doors have another time."""
        guard = self.provider.node.doors.guard
        home = dataclasses.replace(guard._home, clock=FixedClock(dt.datetime.now(dt.UTC) + later))
        patch.setattr(guard, "_home", home)

    def now(self) -> dt.datetime:
        """What time the guard has."""
        return self.provider.node.doors.guard.now()

    async def kinds(self) -> list[str]:
        """What the provider's log says of this transfer."""
        entries = await self.provider.node.store.read(lambda tx: list(recorded(tx)))
        return [entry.kind for entry in entries if entry.subject == self.transfer]


async def opened(provider: LiveNode, consumer: LiveNode, path: Path, facts: dict[str, Any], **limits: int) -> Opening:
    """Publish a table at one node and open it from the other."""
    dataset = await provider.publishes_at(str(path), facts, path.stem, **limits)
    wish = {"peer": "Example Provider", "dataset": dataset, "doors": True}
    status, document = await consumer.call("POST", "/v1/acquisitions", wish)
    if status != 202:
        raise AssertionError(document)
    async with asyncio.timeout(20):
        while document["phase"] not in ("open", "refused", "failed"):
            await asyncio.sleep(0.02)
            _, document = await consumer.call("GET", f"/v1/acquisitions/{document['id']}")
    if document["phase"] != "open":
        raise AssertionError(document)
    status, doors = await consumer.call("GET", f"/v1/doors/{document['id']}")
    if status != 200:
        raise AssertionError(doors)
    return Opening(provider, consumer, document, doors)


async def asked_again(before: Opening) -> Opening:
    """What is open once more under its agreement: the next version."""
    status, document = await before.consumer.call("POST", f"/v1/acquisitions/{before.acquisition['id']}/again", {})
    if status != 202:
        raise AssertionError(document)
    async with asyncio.timeout(20):
        while document["phase"] not in ("open", "failed"):
            await asyncio.sleep(0.02)
            _, document = await before.consumer.call("GET", f"/v1/acquisitions/{document['id']}")
    if document["phase"] != "open":
        raise AssertionError(document)
    _, doors = await before.consumer.call("GET", f"/v1/doors/{document['id']}")
    return Opening(before.provider, before.consumer, document | {"source": before.acquisition.get("source", "")}, doors)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[LiveNode, LiveNode]]:
    """A provider in Japan and a consumer in Germany, for all tests of doors: each test has a transfer of its own."""
    folder = tmp_path_factory.mktemp("doors")
    make_node(folder / "provider", "Example Provider", PROVIDER)
    make_node(folder / "consumer", "Example Consumer")
    async with live_node(folder / "provider") as provider, live_node(folder / "consumer") as consumer:
        await provider.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(provider, "Example Provider", {})
        yield provider, consumer


async def opened_cities(pair: tuple[LiveNode, LiveNode], folder: Path) -> Opening:
    source = folder / "都市.csv"
    source.write_text(CITIES, encoding="utf-8", newline="")
    return await opened(*pair, source, OPEN)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cities(pair: tuple[LiveNode, LiveNode], tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """For tests that leave it open."""
    return await opened_cities(pair, tmp_path_factory.mktemp("cities"))


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(pair: tuple[LiveNode, LiveNode], tmp_path: Path) -> Opening:
    """The same table behind doors that nobody has used."""
    return await opened_cities(pair, tmp_path)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def register(pair: tuple[LiveNode, LiveNode], tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """A table with people, protected as agreed."""
    return await opened(*pair, patients(tmp_path_factory.mktemp("register") / "register.csv"), ENTRUSTED)
