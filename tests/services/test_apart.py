"""Large sources are scanned and protected by processes of their own: nothing else differs, and one that dies is nothing
that a node would not get over."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tegata import apart
from tegata.node.config import read_config
from tegata.protect.kept import Kept
from tegata.store import traces
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import ENTRUSTED, PROVIDER, patients


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[LiveNode]:
    """A provider to whom every source is large."""
    folder = tmp_path / "provider"
    make_node(folder, "Example Provider", PROVIDER)
    config = msgspec.structs.replace(read_config(folder), apart_from_bytes=1)
    (folder / "node.yaml").write_bytes(msgspec.yaml.encode(config))
    async with live_node(folder) as node:
        yield node


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done by processes of their own, in order."""
    works: list[str] = []
    begin = apart._Process._started

    def noted(process: apart._Process) -> object:
        works.append(process._work.__name__)
        return begin(process)

    monkeypatch.setattr(apart._Process, "_started", noted)
    return works


async def test_a_process_that_dies_is_told_and_its_work_done_again(
    provider: LiveNode, consumer: LiveNode, tmp_path: Path, started: list[str]
) -> None:
    table = patients(tmp_path / "patients.csv")
    publishing = asyncio.create_task(provider.publishes(table, ENTRUSTED))
    await _kill_next()
    with pytest.raises(AssertionError, match="ended from outside"):
        await publishing
    dataset = await provider.publishes(table, ENTRUSTED)
    getting = asyncio.create_task(consumer.acquires("Example Provider", dataset, 60))
    await _kill_next()
    got = await getting
    assert got["phase"] == "done", got["reasons"]
    assert started == ["look_into", "look_into", "make_release", "make_release"]
    assert "佐藤" not in Path(got["data"]).read_text("utf-8")
    (told,) = await provider.node.store.read(lambda tx: traces.of(tx, str(table), consumer.did, 0))
    kept = await provider.node.store.read(lambda tx: traces.told(tx, told.number))
    assert kept is not None
    assert Kept(kept).beside(kept, "").alike == 40, "what it told can be compared with what leaves later"
    await provider.empties("releases")


async def _kill_next() -> None:
    async with asyncio.timeout(60):
        while not (children := multiprocessing.active_children()):
            await asyncio.sleep(0.01)
    for child in children:
        with contextlib.suppress(ValueError):
            child.kill()
