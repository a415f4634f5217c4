"""The data address as any HTTP client meets it: parts, conditions, and a tag that says which bytes they are of."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio

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
