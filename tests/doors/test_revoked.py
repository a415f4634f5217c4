"""What every door owes: to stop at once when a transfer is suspended, and to count what it hands out."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tegata.doors import agent
from tegata.doors.link import Linked, link_for
from tegata.evidence import recorded
from tests.doors.conftest import Opening, fetch, opened, signed
from tests.nodes import LiveNode
from tests.services.conftest import OPEN
from tests.slow_reader import SlowReader

pytestmark = pytest.mark.asyncio(loop_scope="session")

Where = Callable[[Opening], Awaitable[tuple[str, dict[str, str]]]]
"""Where a door has a file, and what its reader has to show."""


async def by_link(one: Opening) -> tuple[str, dict[str, str]]:
    return link_for(one.key, one.doors["endpoint"], Linked("csv", "x.csv"), one.key.expires), {}


async def by_delta(one: Opening) -> tuple[str, dict[str, str]]:
    head = {"authorization": f"Bearer {one.token}"}
    url = one.doors["endpoint"] + "/delta/shares/tegata"
    (table,) = json.loads((await fetch(url + "/all-tables", **head)).body)["items"]
    url += f"/schemas/{table['schema']}/tables/{table['name']}/query"
    lines = (await fetch(url, "POST", b"{}", **head)).body.splitlines()
    return json.loads(lines[2])["file"]["url"], {}


async def by_s3(one: Opening) -> tuple[str, dict[str, str]]:
    return await _object(one, ".csv")


async def by_iceberg(one: Opening) -> tuple[str, dict[str, str]]:
    return await _object(one, ".parquet")


async def _object(one: Opening, suffix: str) -> tuple[str, dict[str, str]]:
    bucket = f"{one.provider.config.url}/tegata-{one.transfer[9:]}"
    listed = (await fetch(bucket, **signed(bucket, one.key, at=one.now()))).body.decode()
    name = next(part for part in listed.split("<Key>")[1:] if suffix in part).partition("<")[0]
    return f"{bucket}/{name}", signed(f"{bucket}/{name}", one.key, at=one.now())


FILES: dict[str, Where] = {"link": by_link, "delta": by_delta, "s3": by_s3, "iceberg": by_iceberg}


async def asked(one: Opening, tool: str = "query_agreed") -> Any:
    """What an agent is answered."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    url, head = one.doors["endpoint"] + "/mcp", {"authorization": f"Bearer {one.token}"}
    return json.loads((await fetch(url, "POST", json.dumps(message).encode(), **head)).body)


async def test_slow_readers_at_every_door_are_cut_off(
    pair: tuple[LiveNode, LiveNode], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.transfer.watch._SECONDS", 0.0)  # else more blocks may go within a tenth of a second
    chance, table = random.Random(1), tmp_path / "large.csv"
    lines = (",".join(f"{chance.random():.12f}" for _ in range(4)) for _ in range(50_000))
    table.write_text("a,b,c,d\n" + "\n".join(lines))  # 3 MB, and 1.6 MB as Parquet
    large = await opened(*pair, table, OPEN)
    readers = {name: SlowReader(*await where(large)) for name, where in FILES.items()}
    for reader in readers.values():
        await reader.begin()
    await large.order("suspend")
    async with asyncio.timeout(60):
        taken = dict(zip(readers, await asyncio.gather(*(one.rest() for one in readers.values())), strict=True))
    assert max(taken.values()) < 1 << 20, "what stood between door and reader, and no more"
    assert min(taken.values()) > 1000, taken


async def test_an_answer_that_was_sought_while_the_transfer_was_suspended_does_not_leave(
    fresh: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await asked(fresh))["result"]["structuredContent"]["rows"]
    sought, loop = agent.answer, asyncio.get_running_loop()

    def slowly(*said: Any) -> Any:
        asyncio.run_coroutine_threadsafe(fresh.order("suspend"), loop).result(20)
        return sought(*said)

    monkeypatch.setattr(agent, "answer", slowly)
    before = await fresh.kinds()
    refused = await asked(fresh)
    assert "札幌" not in json.dumps(refused, ensure_ascii=False)
    assert "result" not in refused
    assert await fresh.kinds() == [*before, "transfer_order"]


async def test_every_door_counts_once_a_day_what_it_hands_out(fresh: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each door on a day of its own, so that none is counted by what another did."""

    async def read(where: Where) -> None:
        url, head = await where(fresh)
        assert (await fetch(url, **head)).status == 200

    uses: dict[str, Callable[[], Awaitable[Any]]] = {
        **{name: lambda where=where: read(where) for name, where in FILES.items()},
        "mcp": lambda: asked(fresh),
    }
    for day, use in enumerate(uses.values(), 1):
        fresh.at(monkeypatch, dt.timedelta(days=day))
        await use()
        await use()
    entries = await fresh.provider.node.store.read(lambda tx: list(recorded(tx)))
    counted = [one.body for one in entries if (one.kind, one.subject) == ("door_use", fresh.transfer)]
    assert [one["file"] for one in counted] == ["csv", "parquet", "csv", "parquet", "parquet"]
    assert len({one["since"] for one in counted}) == len(uses)
