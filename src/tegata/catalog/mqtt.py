"""A window of a topic of MQTT: what a broker keeps of it, or the messages of some time.

Of the latter the broker hands over each at least once (quality 1), in a session that it keeps while a connection is
broken: whoever comes back gets what went by meanwhile, and once more what he had not acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from typing import Final

from tegata.catalog.fetching import PAUSES
from tegata.catalog.mqtt_session import Session
from tegata.catalog.streams import Messages, StreamPlace, read_place, refused
from tegata.model.base import t
from tegata.model.errors import PeerError, TegataError
from tegata.outbound import Lines
from tegata.wire import mqtt

OPTIONS: Final = {"messages": range(1, 10_000_001), "seconds": range(1, 601)}
"""After which of them a window ends, whichever comes first; without one it is what the broker keeps."""
_SECONDS: Final = 60  # of a window that says only how many messages
_BEAT: Final = 20.0  # seconds without any after which we ask whether the broker is there (3.1.2.10)
_FAREWELL: Final = 0.8  # seconds: nobody who ends a transfer waits a second for it
_KEEPS: Final = 120  # seconds for which a broker of MQTT 5 keeps a session that nobody comes back for


def place_of_topic(text: str) -> StreamPlace:
    """Raises InputError."""
    place = read_place(text, OPTIONS)
    if not mqtt.is_filter(place.topic):
        raise refused(text, t("its topic is none", "トピックの形式が不正です"))
    return place


async def read_topic(lines: Lines, place: StreamPlace, messages: Messages) -> str:
    """Take a window; what it is, for the record.

    Raises:
        OutboundError: the policy refuses the broker. PeerError: it breaks off, and what went by is lost; or it does not
        let us. InputError, StoreError: as `Messages`.
    """
    if place.options:
        return await _Live(lines, place, messages).taken()
    async with lines.open(place.broker) as line:
        session = Session(line, place.text)
        await session.begin(place.user)
        await session.subscribe(place.topic, 0)
        async for packet in session.kept():
            _add(mqtt.read_message(packet), place, messages)
        await session.end()
    return f"{place.topic}: {messages.count} messages, kept"


def _add(message: mqtt.Message, place: StreamPlace, messages: Messages) -> None:
    messages.add(message.topic, message.payload, {"_topic": message.topic} if mqtt.is_wild(place.topic) else {})


class _Live:
    """So many messages, or those of so many seconds from when the broker has said that they will come."""

    def __init__(self, lines: Lines, place: StreamPlace, messages: Messages) -> None:
        self._lines = lines
        self._place = place
        self._messages = messages
        self._client = f"tegata{secrets.token_hex(8)}"
        self._version = mqtt.V5
        self._end = 0.0  # 0: not yet subscribed
        self._lost = False  # whether a break would lose, or has lost, what goes by
        self._breaks = self._again = 0
        self._stored: dict[int, bytes] = {}  # digests by number, the broker may not know that we have them

    async def taken(self) -> str:
        try:
            await self._over_breaks()
        finally:
            with contextlib.suppress(TegataError, TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await self._forget()
        breaks = f", {self._breaks} breaks, {self._again} came again" if self._breaks else ""
        return f"{self._place.topic}: {self._messages.count} messages, live{breaks}"

    async def _over_breaks(self) -> None:
        idle = 0
        while True:
            before = self._messages.count
            try:
                async with self._lines.open(self._place.broker) as line:
                    await self._once(Session(line, self._place.text, self._version))
                return
            except PeerError:
                if not self._end and self._version == mqtt.V5:
                    self._version = mqtt.V3  # brokers that know no other refuse, or hang up
                    continue
                idle = 0 if self._messages.count > before else idle + 1
                if not self._end or self._lost or idle == len(PAUSES):
                    raise
            self._breaks += 1
            await asyncio.sleep(PAUSES[idle])

    async def _once(self, session: Session) -> None:
        kept = await session.begin(self._place.user, self._client, _KEEPS)
        if not self._end:
            await session.subscribe(self._place.topic, 1)
            seconds = self._place.options.get("seconds", _SECONDS)
            self._end = asyncio.get_running_loop().time() + seconds
        elif not kept:
            self._lost = True
            raise mqtt.broken(t("it has not kept what went by", "切断中のメッセージを保持していません"))
        await self._take(session)
        await session.end()

    async def _take(self, session: Session) -> None:
        loop, most = asyncio.get_running_loop(), self._place.options.get("messages", OPTIONS["messages"][-1])
        asked = False  # whether it is there
        while self._messages.count < most and (left := self._end - loop.time()) > 0:
            packet = await session.next(min(left, _BEAT))
            if packet is not None:
                asked = False
                await self._keep(session, packet)
            elif asked:
                raise mqtt.broken(t("it has fallen silent", "応答がなくなりました"))
            elif left > _BEAT:
                asked = True
                await session.ping()

    async def _keep(self, session: Session, packet: mqtt.Packet) -> None:
        """What a message says, and only then the broker is told that we have it."""
        if packet.kind != mqtt.PUBLISH:
            return
        message = mqtt.read_message(packet, self._version)
        said = hashlib.sha256(message.topic.encode() + b"\0" + message.payload).digest()
        if message.again and self._stored.get(message.number) == said:
            self._again += 1
        else:
            _add(message, self._place, self._messages)
        if message.number:
            self._stored[message.number] = said
        else:
            self._lost = True  # of quality 0: nothing such is kept for who is away (4.3.1)
        await session.acknowledge(message)

    async def _forget(self) -> None:
        """Nobody comes back: a session that is clean takes the place of the one that the broker keeps (3.1.2.4)."""
        if self._end:
            async with self._lines.open(self._place.broker) as line:
                session = Session(line, self._place.text, self._version)
                await session.begin(self._place.user, self._client)
                await session.end()
