"""Breaks on either side: what was proven is not fetched again, what is wrong is, and the log knows one transfer."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tegata.evidence import recorded
from tegata.transfer import download, making, push
from tegata.transfer.part import Part
from tests.nodes import LiveNode, live_node, make_node
from tests.relay import Trouble, put_before
from tests.services.conftest import OPEN, PROVIDER, recipient

CHUNK = 64 << 10
ROWS = 12_000  # about 1.2 MB


class Road:
    """Two nodes with a network between them that breaks as it is told."""

    def __init__(self, folder: Path, *, push: bool = False) -> None:
        self.folder = folder
        self._push = push
        self.acquisition = self.dataset = ""
        self.wish: dict[str, Any] = {}
        self._nodes: dict[str, tuple[LiveNode, contextlib.AsyncExitStack]] = {}
        make_node(folder / "provider", "Example Provider", PROVIDER)
        make_node(folder / "consumer", "Example Consumer")
        self.relay = put_before(folder / ("consumer" if push else "provider"))

    @property
    def provider(self) -> LiveNode:
        return self._nodes["provider"][0]

    @property
    def consumer(self) -> LiveNode:
        return self._nodes["consumer"][0]

    async def start(self, name: str) -> None:
        stack = contextlib.AsyncExitStack()
        self._nodes[name] = (await stack.enter_async_context(live_node(self.folder / name)), stack)

    async def stop(self, name: str) -> None:
        await self._nodes[name][1].aclose()

    async def publish(self) -> None:
        await self.provider.knows(self.consumer, "Example Consumer", recipient("DE"))
        await self.consumer.knows(self.provider, "Example Provider", {})
        table = self.folder / "large.csv"
        table.write_bytes(b"n,text\r\n" + b"".join(b"%d,%s\r\n" % (n, b"x" * 90) for n in range(ROWS)))
        self.dataset = await self.provider.publishes(table, OPEN)

    async def ask(self) -> None:
        body = {"peer": self.provider.did, "dataset": self.dataset, "push": self._push, **self.wish}
        status, document = await self.consumer.call("POST", "/v1/acquisitions", body)
        assert status == 202
        self.acquisition = document["id"]

    async def ends(self, seconds: float = 20) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                _, document = await self.consumer.call("GET", f"/v1/acquisitions/{self.acquisition}")
                if document["phase"] in ("done", "failed", "refused"):
                    return dict(document)
                await asyncio.sleep(0.02)

    async def comes(self, *troubles: Trouble) -> dict[str, Any]:
        self.relay.troubles.extend(troubles)
        await self.ask()
        return await self.ends()

    async def held(self, after: int) -> None:
        """Ask, and wait until the data is held up in the middle."""
        self.relay.troubles.append(Trouble(after, "hold"))
        await self.ask()
        await asyncio.wait_for(self.relay.held.wait(), 20)
        async with asyncio.timeout(5):
            while not any(part.stat().st_size >= 3 * CHUNK for part in self.parts()):
                await asyncio.sleep(0.01)

    def parts(self) -> list[Path]:
        """Of attempts; os.walk does not mind that some go meanwhile."""
        walk = os.walk(self.folder / "consumer" / "received")
        return [Path(place) / name for place, _, names in walk for name in names if name.endswith(".part")]

    def source(self) -> bytes:
        return (self.folder / "large.csv").read_bytes()

    async def kinds(self, node: LiveNode) -> list[str]:
        return [entry.kind for entry in await node.node.store.read(lambda tx: list(recorded(tx)))]


@pytest_asyncio.fixture
async def road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Road]:
    monkeypatch.setattr(making, "CHUNK", CHUNK)
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.05, 0.05, 0.05))
    async with running(Road(tmp_path)) as found:
        yield found


@pytest_asyncio.fixture
async def push_road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Road]:
    """The same, where the provider brings the data."""
    monkeypatch.setattr(making, "CHUNK", CHUNK)
    monkeypatch.setattr(push, "PAUSES", (0.0, 0.1, 0.1, 0.1, 0.1, 0.1))
    async with running(Road(tmp_path, push=True)) as found:
        yield found


@contextlib.asynccontextmanager
async def running(found: Road) -> AsyncIterator[Road]:
    async with found.relay.running():
        await found.start("provider")
        await found.start("consumer")
        await found.publish()
        yield found
        await found.stop("consumer")
        await found.stop("provider")


async def is_whole(road: Road, got: dict[str, Any]) -> None:
    assert (got["phase"], got["verdict"]) == ("done", "total-passed"), got
    assert Path(got["data"]).read_bytes() == road.source()
    assert (await road.kinds(road.provider)).count("release") == 1
    assert (await road.kinds(road.consumer)).count("delivery") == 1


async def test_after_each_cut_it_goes_on_behind_the_last_whole_chunk(road: Road) -> None:
    got = await road.comes(*(Trouble(after, "cut") for after in (1, 200_000, 100, 300_000)))
    await is_whole(road, got)
    starts = [int(asked.removeprefix("bytes=").rstrip("-") or 0) for asked in road.relay.asked]
    assert len(starts) == 5
    assert starts == sorted(starts)
    assert starts[-1] > 300_000
    assert all(start % CHUNK == 0 for start in starts)
    assert road.relay.carried < len(road.source()) + 4 * (CHUNK + (64 << 10))


async def test_a_chunk_that_comes_wrong_is_fetched_again(road: Road) -> None:
    await is_whole(road, await road.comes(Trouble(100_000, "flip"), Trouble(50_000, "flip")))
    assert len(road.relay.asked) == 3


async def test_what_comes_wrong_again_and_again_is_refused(road: Road) -> None:
    got = await road.comes(*(Trouble(10_000, "flip") for _ in range(3)))
    assert (got["phase"], got["code"]) == ("failed", "verification")
    assert "not what was announced" in got["reasons"][0]["en"]
    assert "delivery" not in await road.kinds(road.consumer)
    async with asyncio.timeout(5):
        while road.parts():
            await asyncio.sleep(0.02)


async def test_a_release_that_changes_meanwhile_is_noticed(road: Road) -> None:
    await road.held(400_000)
    (released,) = (road.folder / "provider" / "releases").rglob("data.csv")
    released.write_bytes(released.read_bytes().replace(b"x", b"y"))
    road.relay.free.set()
    got = await road.ends()
    assert (got["phase"], got["code"]) == ("failed", "verification")


Harm = Callable[[Path], object]


def nothing(part: Path) -> None: ...


def zeroes_at_the_end(part: Path) -> None:
    """What a power cut leaves of a file whose size was durable and whose content was not."""
    size = part.stat().st_size
    with part.open("r+b") as file:
        file.truncate(size - 10)
        file.truncate(size)


def longer(part: Path) -> None:
    with part.open("ab") as file:
        file.write(b"?" * (3 << 20))


def half_a_chunk(part: Path) -> None:
    with part.open("r+b") as file:
        file.truncate(part.stat().st_size - 10)


@pytest.mark.parametrize("harm", [nothing, zeroes_at_the_end, longer, half_a_chunk])
async def test_a_consumer_that_stops_in_the_middle_goes_on(road: Road, harm: Harm) -> None:
    """What a node that was killed leaves is found again, and is not believed."""
    await road.held(500_000)
    (part,) = road.parts()
    await road.stop("consumer")
    harm(part)
    road.relay.free.set()
    await road.start("consumer")
    await is_whole(road, await road.ends())
    assert road.relay.asked[1].startswith("bytes=")
    assert road.parts() == []


async def test_a_hold_up_by_the_consumer_keeps_what_has_come(road: Road) -> None:
    await road.held(500_000)
    _, (transfer,) = await road.consumer.call("GET", "/v1/transfers")
    await road.consumer.call("POST", f"/v1/transfers/{transfer['id']}/suspend", {})
    road.relay.free.set()
    await asyncio.sleep(0.5)
    assert len(road.relay.asked) == 1
    assert road.parts()
    await road.consumer.call("POST", f"/v1/transfers/{transfer['id']}/resume", {})
    await is_whole(road, await road.ends())
    assert road.relay.asked[1].startswith("bytes=")


def full_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the first file as it is begun."""
    refusals = iter([OSError(errno.ENOSPC, "No space left on device")])
    begin = Part.restart

    def restart(part: Part) -> None:
        for refusal in refusals:
            raise refusal
        begin(part)

    monkeypatch.setattr(Part, "restart", restart)


async def is_told(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    got = await road.comes()
    assert (got["phase"], got["code"]) == ("failed", "store")
    assert road.parts() == []
    assert "Traceback" not in "".join(capsys.readouterr())


async def test_a_full_disk_as_a_file_is_begun(
    road: Road, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_once(monkeypatch)
    await is_told(road, capsys)


async def test_a_full_disk_as_a_file_is_brought(
    push_road: Road, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_once(monkeypatch)
    await is_told(push_road, capsys)


async def test_a_provider_that_stops_in_the_middle_is_waited_for(road: Road) -> None:
    await road.held(500_000)
    road.relay.free.set()
    await road.stop("provider")
    await road.start("provider")
    await is_whole(road, await road.ends())


async def test_a_push_goes_on_behind_the_last_whole_chunk(push_road: Road) -> None:
    await is_whole(push_road, await push_road.comes(*(Trouble(after, "cut") for after in (200_000, 100, 300_000))))
    starts = [int(asked or 0) for asked in push_road.relay.asked]
    assert len(starts) == 4
    assert starts == sorted(starts)
    assert starts[-1] > 300_000
    assert all(start % CHUNK == 0 for start in starts)


async def test_a_chunk_that_is_brought_wrong_is_brought_again(push_road: Road) -> None:
    await is_whole(push_road, await push_road.comes(Trouble(100_000, "flip"), Trouble(50_000, "flip")))
    assert len(push_road.relay.asked) == 3


async def test_what_is_brought_wrong_again_and_again_ends_the_transfer(push_road: Road) -> None:
    got = await push_road.comes(*(Trouble(10_000, "flip") for _ in range(3)))
    assert (got["phase"], got["code"]) == ("failed", "verification")
    assert "delivery" not in await push_road.kinds(push_road.consumer)


@pytest.mark.parametrize("side", ["consumer", "provider"])
async def test_a_push_goes_on_after_either_side_has_stopped(push_road: Road, side: str) -> None:
    await push_road.held(500_000)
    push_road.relay.free.set()
    await push_road.stop(side)
    await push_road.start(side)
    await is_whole(push_road, await push_road.ends(30))
    assert int(push_road.relay.asked[-1]) > 0
