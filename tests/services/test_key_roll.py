"""A node hands its name on to another key: everybody follows without hands, and the old key is worth nothing more."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from tegata.evidence.endorsements import key_of
from tegata.evidence.rolls import keys_of
from tegata.log import cosigners
from tegata.model.errors import InputError, StoreError
from tegata.node import identity
from tegata.node.identity import key_standing, roll_key
from tegata.node.run import read_secrets
from tegata.store import log as rows
from tegata.store import witnesses
from tegata.trust import SigningKey, verify_package, verify_passport
from tegata.trust.credential import issue_credential, verify_credential
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import OPEN, PROVIDER, postal, recipient


async def _meet(one: LiveNode, other: LiveNode) -> None:
    await one.knows(other, "Example Consumer", recipient("DE"))
    await other.knows(one, "Rolling Provider", {})


async def _passport(consumer: LiveNode, dataset: str) -> str:
    got = await consumer.acquires("Rolling Provider", dataset)
    assert got["phase"] == "done", got
    return Path(got["passport"]).read_text().strip()


async def _cosigned_above(node: LiveNode, by: LiveNode, size: int) -> str:
    """A checkpoint of more than `size` entries that the other has cosigned."""
    async with asyncio.timeout(20):
        while not (known := await node.node.store.read(witnesses.cosigners)) or known[0].size <= size:
            await node.node.followers.cosigning.ask_all()
            await asyncio.sleep(0.1)
    note = await node.node.store.read(lambda tx: rows.checkpoint_at(tx, known[0].size)) or ""
    assert cosigners(note, {by.did: by.keys.key.public}).keys() == {by.did}
    return note


async def test_counterparties_follow_a_roll_without_hands(tmp_path: Path, consumer: LiveNode) -> None:
    folder = tmp_path / "rolled"
    make_node(folder, "Rolling Provider", PROVIDER)
    async with live_node(folder) as first:
        await _meet(first, consumer)
        dataset = await first.publishes(postal(tmp_path / "postal.csv"), OPEN)
        before = await _passport(consumer, dataset)
        await _cosigned_above(first, consumer, 0)
        old_second = await consumer.node.store.read(lambda tx: key_of(tx, first.did))
        did, stolen = first.did, first.keys.key

    await asyncio.to_thread(roll_key, folder, "superseded")
    async with live_node(folder) as second:
        assert (second.did, second.keys.key.raw == stolen.raw) == (did, False)
        after = await _passport(consumer, dataset)
        history = await consumer.node.store.read(lambda tx: keys_of(tx, did))
        assert history.current.raw == second.keys.key.raw
        size = history.rolls[0].size
        note = await _cosigned_above(second, consumer, size)
        assert history.open(note).size > size
        async with asyncio.timeout(20):
            while await consumer.node.store.read(lambda tx: key_of(tx, did)) in (None, old_second):
                await consumer.node.followers.cosigning.ask_all()
                await asyncio.sleep(0.1)
        await _cosigned_above(consumer, second, await consumer.node.store.read(rows.size) - 1)
        status, document = await consumer.call("POST", "/v1/log/package", {"about": did})
        assert status == 200
        package = base64.b64decode(document["package"])

        status, document = await second.call("POST", "/v1/log/check")
        assert (status, document["damages"]) == (200, [])
        both = {did: "the provider", consumer.did: "the consumer"}
        for passport, number in ((before, 0), (after, 1)):
            told = verify_passport(passport, None, both, known={did: history.notes})
            assert {one.name: one.verdict for one in told.checks}["key"] == "passed"
            assert f"key {number + 1} of 2" in next(one.say.en for one in told.checks if one.name == "key")
        alone = verify_passport(after, None, both)
        assert [one.name for one in alone.checks if one.verdict != "passed"] == ["data"]
        credential = issue_credential(before, second.keys.key)
        assert [one.name for one in verify_credential(credential, None, both).checks if one.verdict != "passed"] == [
            "data"
        ]
        told = verify_package(package, both)
        assert told.verdict == "total-passed", told.checks
        assert "`the provider`" in next(one.say.en for one in told.checks if one.name == "checkpoint")

        status, _ = await second.call("POST", "/v1/log/package", {"about": dataset})
        assert status == 200
        await _old_key_is_refused(second, consumer, stolen)


async def _old_key_is_refused(node: LiveNode, peer: LiveNode, stolen: SigningKey) -> None:
    """Its token is one of the name, and still nobody answers."""
    from tegata.clock import SystemClock
    from tegata.identity import TokenAuthentication
    from tegata.outbound import Outbound, OutboundPolicy

    outbound = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.1/32",)))
    try:
        for key, status in ((stolen, 404), (node.keys.key, 200)):
            header = TokenAuthentication(key, SystemClock()).authorization(peer.did, b"{}")
            url = f"{peer.base}/catalog/request"
            body = b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"CatalogRequestMessage"}'
            header = TokenAuthentication(key, SystemClock()).authorization(peer.did, body)
            sent = {"Authorization": header, "Content-Type": "application/json"}
            answer = await outbound.request("POST", url, headers=sent, content=body)
            assert answer.status == status
    finally:
        await outbound.close()


async def _node_with_a_log(folder: Path) -> str:
    make_node(folder, "Rolling Provider")
    async with live_node(folder) as node:
        await node.publishes(postal(folder.parent / "postal.csv"), OPEN)
        await node.node.followers.publisher.publish()
        return node.did


async def test_a_roll_that_was_broken_off_is_finished_and_nothing_starts_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "node"
    did = await _node_with_a_log(folder)
    for broken in ("replace", "os.replace"):
        with monkeypatch.context() as patched:
            place = identity.durable if broken == "replace" else identity.os
            patched.setattr(place, "replace", _fails)
            with pytest.raises(StoreError, match="not finished"):
                await asyncio.to_thread(roll_key, folder, "superseded")
        assert key_standing(folder).unfinished
        with pytest.raises((StoreError, InputError), match="not the one"):
            async with live_node(folder):
                pass
        await asyncio.to_thread(roll_key, folder, "superseded")
        assert not key_standing(folder).unfinished
    assert [one.until is None for one in key_standing(folder).keys] == [False, False, True]
    async with live_node(folder) as node:
        assert node.did == did
        assert (await node.call("POST", "/v1/log/check"))[1]["damages"] == []


def _fails(*_: object, **__: object) -> None:
    raise OSError("power")


async def test_a_key_of_ones_own_is_taken_and_a_running_node_is_not_touched(tmp_path: Path) -> None:
    folder, own = tmp_path / "node", tmp_path / "own.key"
    await _node_with_a_log(folder)
    SigningKey.generate(b"o" * 32).save(own)
    async with live_node(folder):
        with pytest.raises(StoreError):
            await asyncio.to_thread(roll_key, folder, "superseded", own)
    await asyncio.to_thread(roll_key, folder, "key-compromise", own)
    assert read_secrets(folder).key.raw == SigningKey.generate(b"o" * 32).raw
    assert [one.reason for one in key_standing(folder).keys] == ["key-compromise", ""]


async def test_an_old_backup_of_the_key_does_not_start(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    await _node_with_a_log(folder)
    old = (folder / "node.key").read_bytes()
    await asyncio.to_thread(roll_key, folder, "superseded")
    (folder / "node.key").write_bytes(old)
    with pytest.raises(InputError, match="not the one"):
        async with live_node(folder):
            pass
    (folder / "node.rolls").unlink()
    with pytest.raises(StoreError, match="not the one"):
        async with live_node(folder):
            pass
