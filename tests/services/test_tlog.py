"""The published log of a live node: whoever can reach it reads the tree, and an older state does not start."""

from __future__ import annotations

import asyncio
import base64
import shutil
from pathlib import Path

import pytest

from tegata.log import leaf_hash, open_checkpoint, read_tiles, root
from tegata.log.tiles import decode_bundle, entries_path
from tegata.model.errors import StoreError
from tegata.outbound import Outbound, OutboundPolicy
from tests.nodes import LiveNode, live_node
from tests.services.conftest import OPEN, postal


async def fetch(node: LiveNode, path: str) -> tuple[int, dict[str, str], bytes]:
    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    try:
        answer = await outbound.request("GET", f"{node.config.url}{path}", headers={}, max_bytes=1 << 20)
    finally:
        await outbound.close()
    return answer.status, dict(answer.headers), answer.body


async def published(node: LiveNode, size: int) -> str:
    async with asyncio.timeout(10):
        while True:
            status, _, note = await fetch(node, "/tlog/checkpoint")
            if status == 200 and note.split(b"\n")[1] == b"%d" % size:
                return note.decode()
            await asyncio.sleep(0.05)


async def test_a_stranger_reads_the_tree_over_http(provider: LiveNode, tmp_path: Path) -> None:
    await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    note = await published(provider, 1)
    checkpoint = open_checkpoint(note, provider.keys.key.public, provider.did)
    status, headers, tile = await fetch(provider, "/tlog/tile/0/000.p/1")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert base64.b64encode(root(1, read_tiles(lambda _: tile, 1))).decode() == checkpoint.root
    _, _, bundle = await fetch(provider, "/tlog/" + entries_path(0, 1))
    assert [leaf_hash(leaf) for leaf in decode_bundle(bundle)] == [tile]
    _, headers, _ = await fetch(provider, "/tlog/checkpoint")
    assert (headers["content-type"], headers["cache-control"]) == ("text/plain; charset=utf-8", "public, max-age=1")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/64/000",
        "tile/0/../../node.key",
        "tile/0/%2e%2e/%2e%2e/%2e%2e/node.key",
        "tile/0/.000.part",
        "",
    ],
)
async def test_nothing_else_is_served(provider: LiveNode, tmp_path: Path, path: str) -> None:
    await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await published(provider, 2)  # after the entry that names the second key
    status, _, body = await fetch(provider, f"/tlog/{path}")
    assert (status, b"PRIVATE" in body) == (404, False)


async def test_a_node_does_not_start_from_an_older_state(provider: LiveNode, tmp_path: Path) -> None:
    shutil.copytree(provider.folder, tmp_path / "put-back")
    await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await published(provider, 2)  # after the entry that names the second key
    shutil.rmtree(tmp_path / "put-back" / "log", ignore_errors=True)
    shutil.copytree(provider.folder / "log", tmp_path / "put-back" / "log")
    with pytest.raises(StoreError, match="older state that was put back"):
        async with live_node(tmp_path / "put-back"):
            pass
