"""One guard at every door: suspended, ended and expired transfers shut all of them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from tegata.doors.link import link_for
from tegata.transfer.access import KEY_DAYS, KeyRing, key_from
from tests.doors.conftest import Opening, fetch

Knock = Callable[[Opening], Awaitable[int]]


async def by_link(cities: Opening) -> int:
    """A link that the consumer's people made of the key, which their node no longer needs to be asked for."""
    url = link_for(cities.key, cities.doors["endpoint"], "csv", "cities", cities.key.expires)
    return (await fetch(url)).status


DOORS: dict[str, Knock] = {"link": by_link}


async def knocked(cities: Opening) -> dict[str, int]:
    return {name: await knock(cities) for name, knock in DOORS.items()}


async def test_every_door_is_open_while_the_transfer_is_started(cities: Opening) -> None:
    assert await knocked(cities) == dict.fromkeys(DOORS, 200)
    await cities.order("suspend")
    assert await knocked(cities) == dict.fromkeys(DOORS, 403)
    await cities.order("resume")
    assert await knocked(cities) == dict.fromkeys(DOORS, 200)
    await cities.order("terminate")
    assert await knocked(cities) == dict.fromkeys(DOORS, 403)


async def test_every_door_shuts_when_the_key_expires(cities: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    late = cities.provider.node._home.clock.now() + dt.timedelta(days=KEY_DAYS, seconds=5)
    monkeypatch.setattr("tegata.clock.SystemClock.now", lambda _: late)
    assert await knocked(cities) == dict.fromkeys(DOORS, 401)


async def test_every_door_stays_shut_without_the_entry_in_the_log(
    cities: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tegata.transfer.handover.log.of_subject", lambda *_: [])
    assert await knocked(cities) == dict.fromkeys(DOORS, 404)


def test_keys_follow_from_the_secret_of_the_node() -> None:
    ring, since = KeyRing(b"1" * 32), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    key = ring.key_of("urn:uuid:4f1f9a5e-0000-4000-8000-000000000001", since)
    assert ring.find(key.id) == key == key_from(key.token)
    assert key.expires == since + dt.timedelta(days=KEY_DAYS)
    assert key.secret not in repr(key)
    assert KeyRing(b"2" * 32).find(key.id) != key
    for odd in ("", "x", "é", key.id[:-1], key.id + "A", "A" * 28, "/" * 28):
        assert ring.find(odd) is None, odd
