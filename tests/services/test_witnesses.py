"""Two nodes that have an agreement watch each other's logs; who was rolled back with all its copies learns it."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import shutil
from pathlib import Path

import pytest

from tegata.evidence.endorsements import key_of
from tegata.evidence.witness import last_seen
from tegata.log import cosigners
from tegata.model.errors import StoreError
from tegata.store import log as rows
from tegata.store import witnesses
from tegata.trust import seal_package, verify_package
from tegata.trust.container import read_container
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import OPEN, postal, recipient


async def _cosigned(node: LiveNode, by: LiveNode) -> int:
    """The size of the first checkpoint of a node that the other has cosigned, once there is one."""
    async with asyncio.timeout(20):
        while not (known := await node.node.store.read(witnesses.cosigners)) or not known[0].size:
            await asyncio.sleep(0.1)
    size = known[0].size
    note = await node.node.store.read(lambda tx: rows.checkpoint_at(tx, size))
    assert cosigners(note or "", {by.did: by.keys.key.public}).keys() == {by.did}
    return size


async def _seen(witness: LiveNode, node: LiveNode) -> int:
    """The size of the newest checkpoint of a node that its witness remembers."""
    seen = await witness.node.store.read(lambda tx: last_seen(tx, node.did))
    assert seen is not None
    return seen.size


async def test_counterparties_cosign_each_other(provider: LiveNode, consumer: LiveNode, tmp_path: Path) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await consumer.acquires("Example Provider", dataset)
    for node, other in ((provider, consumer), (consumer, provider)):
        size = await _cosigned(node, other)
        assert await _seen(other, node) >= size


async def test_a_node_that_was_rolled_back_with_all_its_copies_stops_recording(
    provider: LiveNode, tmp_path: Path
) -> None:
    """Its own files tell nothing, for they are as old as its state. The counterparty remembers."""
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    folder, backup = tmp_path / "consumer", tmp_path / "backup"
    make_node(folder, "Example Consumer")
    async with live_node(folder) as first:
        await provider.knows(first, "Example Consumer", recipient("DE"))
        await first.knows(provider, "Example Provider", {})
        await first.acquires("Example Provider", dataset)
        await _cosigned(first, provider)
    shutil.copytree(folder, backup)
    async with live_node(folder) as second:
        await second.publishes(postal(tmp_path / "more.csv"), OPEN)
        size = await second.node.store.read(rows.size)
        async with asyncio.timeout(20):
            while await _seen(provider, second) < size:
                await second.node.followers.cosigning.ask_all()
                await asyncio.sleep(0.1)
    shutil.rmtree(folder)
    backup.rename(folder)
    async with live_node(folder) as third:
        status = 201
        async with asyncio.timeout(20):
            while status == 201:
                title = {"en": "x", "ja": "x"}
                body = {"path": str(tmp_path / "more.csv"), "title": title, "description": title}
                status, document = await third.call("POST", "/v1/datasets", body)
        assert status == 503
        assert "that this node has signed and does not know" in document["detail"]
    with pytest.raises(StoreError, match="older state that was put back"):
        async with live_node(folder):
            pass


async def _learned(node: LiveNode, other: LiveNode) -> None:
    async with asyncio.timeout(20):
        while await node.node.store.read(lambda tx: key_of(tx, other.did)) is None:
            await node.node.followers.cosigning.ask_all()
            await asyncio.sleep(0.1)


async def _cosigned_package(node: LiveNode, other: LiveNode) -> bytes:
    """Of a checkpoint that the other has cosigned: a newer one may be published in the meantime."""
    async with asyncio.timeout(20):
        while True:
            await node.node.followers.cosigning.ask_all()
            status, document = await node.call("POST", "/v1/log/package", {"about": other.did})
            assert status == 200
            package = base64.b64decode(document["package"])
            if other.did.encode() in read_container(package)["checkpoint"]:
                return package
            await asyncio.sleep(0.1)


async def test_the_evidence_is_signed_by_keys_that_no_quantum_computer_forges(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path
) -> None:
    dataset = await provider.publishes(postal(tmp_path / "postal.csv"), OPEN)
    await consumer.acquires("Example Provider", dataset)
    await _learned(provider, consumer)
    both = {provider.did: "example provider", consumer.did: "example consumer"}
    package = await _cosigned_package(provider, consumer)
    told = verify_package(package, both)
    assert (told.verdict, told.checks[-1].name) == ("total-passed", "ml-dsa-44")
    assert told.checks[-1].say.en.startswith("`example provider`, `example consumer` signed this root")
    alone = verify_package(package, {})
    assert alone.checks[-1].say.en.startswith(f"`{provider.did}` signed this root")
    files = read_container(package)
    proofs = [data for name, data in files.items() if name.startswith("proofs/")]
    assert max(map(len, proofs)) < 2048
    changed = files["checkpoint"].decode().splitlines(keepends=True)
    heavy = next(number for number, line in enumerate(changed) if len(line) > 3000)
    changed[heavy] = changed[heavy][:2000] + ("A" if changed[heavy][2000] != "A" else "B") + changed[heavy][2001:]
    spoiled = {
        name: data for name, data in files.items() if not name.startswith("META-INF/") and name != "evidence.json"
    }
    spoiled["checkpoint"] = "".join(changed).encode()
    refused = verify_package(seal_package(spoiled, provider.keys.key, dt.datetime.now(dt.UTC)), both)
    assert [one.name for one in refused.checks if one.verdict == "failed"] == ["ml-dsa-44"]
