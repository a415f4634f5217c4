"""One guard at every door: suspended, ended and expired transfers shut all of them at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tegata.doors.link import Linked, link_for
from tegata.transfer.access import KEY_DAYS
from tests.doors.conftest import Opening, fetch, opened_cities, signed
from tests.nodes import LiveNode

pytestmark = pytest.mark.asyncio(loop_scope="session")

Knock = Callable[[Opening], Awaitable[int]]


async def by_link(cities: Opening) -> int:
    """A link that the consumer's people made of the key, which their node no longer needs to be asked for."""
    url = link_for(cities.key, cities.doors["endpoint"], Linked("csv", "cities.csv"), cities.key.expires)
    return (await fetch(url)).status


async def by_delta(cities: Opening) -> int:
    url = cities.doors["endpoint"] + "/delta/shares"
    return (await fetch(url, authorization=f"Bearer {cities.token}")).status


async def by_s3(cities: Opening) -> int:
    url = f"{cities.provider.config.url}/tegata-{cities.transfer[9:]}/passport.jws"
    return (await fetch(url, **signed(url, cities.key, at=cities.now()))).status


async def by_mcp(cities: Opening) -> int:
    url, hello = cities.doors["endpoint"] + "/mcp", b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    return (await fetch(url, "POST", hello, authorization=f"Bearer {cities.token}")).status


async def by_iceberg(cities: Opening) -> int:
    url = cities.doors["endpoint"] + "/iceberg/v1/config"
    return (await fetch(url, authorization=f"Bearer {cities.token}")).status


DOORS: dict[str, Knock] = {"link": by_link, "delta": by_delta, "s3": by_s3, "iceberg": by_iceberg, "mcp": by_mcp}


async def knocked(cities: Opening) -> dict[str, int]:
    return {name: await knock(cities) for name, knock in DOORS.items()}


async def test_every_door_is_open_while_the_transfer_is_started(fresh: Opening) -> None:
    assert await knocked(fresh) == dict.fromkeys(DOORS, 200)
    await fresh.order("suspend")
    assert await knocked(fresh) == dict.fromkeys(DOORS, 403)
    await fresh.order("resume")
    assert await knocked(fresh) == dict.fromkeys(DOORS, 200)
    await fresh.order("terminate")
    assert await knocked(fresh) == dict.fromkeys(DOORS, 403)


async def test_every_door_shuts_when_the_key_expires(fresh: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.at(monkeypatch, dt.timedelta(days=KEY_DAYS, seconds=-60))
    assert await knocked(fresh) == dict.fromkeys(DOORS, 200)
    fresh.at(monkeypatch, dt.timedelta(days=KEY_DAYS, seconds=60))
    assert await knocked(fresh) == dict.fromkeys(DOORS, 403)


async def test_doors_that_are_not_at_the_provider_are_not_shown_to_anybody(
    pair: tuple[LiveNode, LiveNode], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = pair[0].node._transfers.provider
    place = dataclasses.replace(desk._place, doors="http://127.0.0.1:1/doors")
    monkeypatch.setattr(desk, "_place", place)
    with pytest.raises(AssertionError, match="no usable access key"):
        await opened_cities(pair, tmp_path)


async def test_every_door_stays_shut_without_the_entry_in_the_log(
    fresh: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.transfer.handover.log.of_subject", lambda *_: [])
    assert await knocked(fresh) == dict.fromkeys(DOORS, 404)
