"""The data address as any HTTP client meets it: parts, conditions, and a tag that says which bytes they are of."""

from __future__ import annotations

import asyncio
import gzip
import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest_asyncio

from tegata import zstd
from tegata.outbound import Answer, Outbound, OutboundPolicy
from tests.nodes import LiveNode
from tests.services.conftest import OPEN, postal
from tests.services.stranger import Stranger
from tests.services.test_hostile_peers import agreed, started


class Address:
    """The address of a release, and what lies there."""

    def __init__(self, endpoint: str, authorization: str) -> None:
        self._endpoint, self._authorization = endpoint, authorization
        self.data = b""

    async def raw(self, coding: str, **fields: str) -> Answer:
        """A request that says which codings it takes, read as it comes."""
        place = urlsplit(self._endpoint)
        connection = http.client.HTTPConnection(place.hostname or "", place.port)
        headers = {"Authorization": self._authorization, "Accept-Encoding": coding, **fields}

        def ask() -> Answer:
            connection.request("GET", place.path, headers=headers)
            answer = connection.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, said, answer.read())

        try:
            return await asyncio.to_thread(ask)
        finally:
            connection.close()

    async def get(self, method: str = "GET", **fields: str) -> Answer:
        outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        try:
            return await outbound.request(
                method, self._endpoint, headers={"Authorization": self._authorization, **headers}
            )
        finally:
            await outbound.close()


@pytest_asyncio.fixture
async def address(provider: LiveNode, stranger: Stranger, tmp_path: Path) -> Address:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    _, agreement = await agreed(stranger, provider, dataset)
    found = Address(*await started(stranger, provider, agreement["agreement"]["@id"]))
    found.data = (await found.get()).body
    return found


async def test_parts_of_the_data(address: Address, provider: LiveNode) -> None:
    whole = await address.get()
    tag, size = whole.headers["etag"], len(address.data)
    assert (whole.status, whole.headers["accept-ranges"], whole.headers["content-length"]) == (200, "bytes", str(size))
    part = await address.get(Range="bytes=5-9", If_Range=tag)
    assert (part.status, part.body, part.headers["content-range"]) == (206, address.data[5:10], f"bytes 5-9/{size}")
    assert part.headers["content-type"] == whole.headers["content-type"]
    rest = await address.get(Range="bytes=5-")
    assert address.data[:5] + rest.body == address.data
    assert (await address.get(Range="bytes=5-", If_Range='"of other bytes"')).body == address.data
    assert (await address.get(Range="bytes=0-0,5-5")).body == address.data


async def test_conditions_and_heads(address: Address) -> None:
    tag = (await address.get()).headers["etag"]
    beyond = await address.get(Range="bytes=99999-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(address.data)}")
    same = await address.get(If_None_Match=tag)
    assert (same.status, same.body, "content-length" in same.headers) == (304, b"", False)
    assert (await address.get(If_Match='"of other bytes"')).status == 412
    head = await address.get("HEAD", Range="bytes=1-2")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(address.data)))
    assert head.headers["etag"] == tag


async def test_who_prefers_gzip_gets_the_whole_in_it_and_parts_as_they_are(address: Address) -> None:
    plain = await address.raw("identity")
    packed = await address.raw("gzip, br;q=0.1")
    assert gzip.decompress(packed.body) == address.data == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert not {"repr-digest", "accept-ranges"} & packed.headers.keys()
    part = await address.raw("gzip", Range="bytes=5-9")
    assert (part.status, part.body) == (206, address.data[5:10])


async def test_who_prefers_zstd_gets_it_in_one_frame(address: Address) -> None:
    packed = await address.raw("gzip, zstd, br")
    assert packed.headers["content-encoding"] == "zstd"
    assert packed.headers["etag"].endswith('-zstd"')
    assert zstd.unpacker().decompress(packed.body) == address.data


async def test_a_node_that_asks_for_data_compressed_gets_the_same_data(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    asked = OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",), compressed=True)
    consumer.node.outbound._policy = asked
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    got = await consumer.acquires("Example Provider", dataset)
    assert (got["phase"], got["verdict"]) == ("done", "total-passed")
