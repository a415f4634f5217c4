"""Where what is published lies: a file, a folder, a database, a bucket, an address of the web, or a stream."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from tegata.apart import LEAST, Apart
from tegata.catalog.brokers import fetch_entities, is_broker
from tegata.catalog.fetching import fetch
from tegata.catalog.kafka import place_of_log, read_log
from tegata.catalog.mqtt import place_of_topic, read_topic
from tegata.catalog.streams import Messages, StreamPlace, is_stream
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.outbound import Lines, Outbound

if TYPE_CHECKING:
    from tegata.tables import Collection

Reader = Callable[[Lines, StreamPlace, Messages], Awaitable[str]]
"""Takes the messages of a window, and says which they were."""
_PASSWORD: Final = re.compile(r"(?:^|:)[a-z0-9+]+://[^/?#@]*:[^/?#]*@|[?&]password=", re.IGNORECASE)


class Places:
    """Opens them.

    Args:
        most: so many bytes are fetched from the web, or from a database that has to be copied.
        apart: where that is done.
    """

    def __init__(self, outbound: Outbound, most: int, apart: Apart) -> None:
        self._outbound = outbound
        self._apart = apart
        self._most = most

    async def open(self, place: str) -> Collection:
        """All that is at a path or an address; `PLACE#TABLE` is one table of it. Takes its time.

        Raises:
            InputError: it cannot be read, or the address holds a password.
            OutboundError, PeerError: the web does not give it. StoreError: it does not fit on the disk.
        """
        from tegata.tables import ADBC, WEB, open_collection, place_of  # here: an idle node carries no columnar engine

        _refuse_password(place)
        if place.startswith(WEB):
            return await self._fetched(place)
        if is_stream(place):
            return await self._window(place)
        if place.startswith(ADBC):
            return await self._copied(place)
        return await asyncio.to_thread(open_collection, place_of(place))

    async def _fetched(self, address: str) -> Collection:
        from tegata.tables.collection import Workspace
        from tegata.tables.gathering import of_fetched

        url, _, table = address.partition("#")
        workspace = Workspace()
        file = await asyncio.to_thread(workspace.new_file)
        get, name = (fetch_entities, "entities") if is_broker(url) else (fetch, _name(url))
        await get(self._outbound, url, file, self._most)
        found = await asyncio.to_thread(of_fetched, url, name, file, workspace)
        return found.only(table) if table else found

    async def _copied(self, place: str) -> Collection:
        from tegata.tables import copy_collection
        from tegata.tables.collection import Workspace

        workspace = Workspace()
        folder = await asyncio.to_thread(workspace.new_file)
        found = await self._apart.do(LEAST, copy_collection, place, folder, self._most)
        return replace(found, parts=tuple(part.holding(workspace) for part in found.parts))

    async def _window(self, address: str) -> Collection:
        from tegata.tables.collection import Workspace
        from tegata.tables.gathering import of_fetched

        place, read = reader_of(address)
        workspace = Workspace()
        file = await asyncio.to_thread(workspace.new_file)
        with Messages(address, file, self._most) as messages:
            window = await read(self._outbound.lines, place, messages)
        name = messages.name()
        return await asyncio.to_thread(of_fetched, address, name, file, workspace, window)


def reader_of(address: str) -> tuple[StreamPlace, Reader]:
    """What reads a stream, and what it is to read. InputError."""
    if address.startswith("kafka"):
        return place_of_log(address), read_log
    return place_of_topic(address), read_topic


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2] or "data"


def _refuse_password(place: str) -> None:
    """An address is kept and shown; what opens it must not be."""
    if "://" in place and _PASSWORD.search(place):
        raise InputError(
            t("the address holds a password", "アドレスにパスワードが含まれています"),
            hint=t(
                "leave it out, and give it to the node in PGPASSWORD, ~/.pgpass, MQTT_PASSWORD or KAFKA_PASSWORD",
                "アドレスから除き、ノードの PGPASSWORD、~/.pgpass、MQTT_PASSWORD、KAFKA_PASSWORD に設定してください",
            ),
        )
