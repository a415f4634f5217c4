"""A window of a topic of MQTT: what a broker keeps of it, or the messages of some time.

Of live messages the broker hands over each at least once (quality 1), in one connection: one that breaks makes no
window, since what went by meanwhile is lost.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Final

from tegata.catalog.streams import LONGEST, Messages, StreamPlace, read_place, refused, too_long
from tegata.model.base import t
from tegata.outbound import Line, Lines
from tegata.wire import mqtt

OPTIONS: Final = {"messages": range(1, 10_000_001), "seconds": range(1, 601)}
"""After which of them a window ends, whichever comes first; without one it is what the broker keeps."""
_SECONDS: Final = 60  # of a window that says only how many messages
_PATIENCE: Final = 30.0  # seconds for each packet that is owed to us
_BLOCK: Final = 256 << 10  # bytes
_QUIET: Final = 0.5  # seconds without a further message, after which there are no more that are kept
_BEAT: Final = 20.0  # seconds without any after which we ask whether the broker is there (3.1.2.10)


def place_of_topic(text: str) -> StreamPlace:
    """Raises InputError."""
    place = read_place(text, OPTIONS)
    if not mqtt.is_filter(place.topic):
        raise refused(text, t("its topic is none", "トピックの形式が不正です"))
    return place


async def read_topic(lines: Lines, place: StreamPlace, messages: Messages) -> str:
    """Take a window; what it is, for the record.

    Raises:
        OutboundError: the policy refuses the broker. PeerError: it breaks off, or does not let us.
        InputError, StoreError: as `Messages`.
    """
    async with lines.open(place.broker) as line:
        session = Session(line, place.text)
        await session.begin(place.user)
        if place.options:
            await session.subscribe(place.topic, 1)
            await session.live(place, messages)
        else:
            await session.subscribe(place.topic, 0)
            async for packet in session.kept():
                await session.take(packet, place, messages)
        await session.end()
    return f"{place.topic}: {messages.count} messages, {'live' if place.options else 'kept'}"


class Session:
    """One connection to a broker."""

    def __init__(self, line: Line, place: str) -> None:
        self._line = line
        self._place = place
        self._early: deque[mqtt.Packet] = deque()

    async def begin(self, user: str) -> None:
        """The password of a named user is in MQTT_PASSWORD."""
        password = os.environ.get("MQTT_PASSWORD", "") if user else ""
        await self._line.write(mqtt.connect(f"tegata{secrets.token_hex(8)}", user, password), _PATIENCE)
        mqtt.refuse_unless_accepted(await self.owed())

    async def subscribe(self, topic: str, quality: int) -> None:
        """What is kept may come before the broker has said that it will come: it is taken later, in its order."""
        await self._line.write(mqtt.subscribe(topic, quality), _PATIENCE)
        mqtt.refuse_unless_granted(await self.until(mqtt.SUBACK))

    async def live(self, place: StreamPlace, messages: Messages) -> None:
        """So many messages, or those of so many seconds."""
        loop, most = asyncio.get_running_loop(), place.options.get("messages", OPTIONS["messages"][-1])
        end = loop.time() + place.options.get("seconds", _SECONDS)
        asked = False  # whether it is there
        while messages.count < most and (left := end - loop.time()) > 0:
            packet = await self.next(min(left, _BEAT))
            if packet is not None:
                asked = False
                await self.take(packet, place, messages)
            elif asked:
                raise mqtt.broken(t("it has fallen silent", "応答がなくなりました"))
            elif left > _BEAT:
                asked = True
                await self._line.write(mqtt.PINGREQ, _PATIENCE)

    async def kept(self) -> AsyncIterator[mqtt.Packet]:
        """The last message of each topic, as brokers keep them: they send these at once, and mark them (3.3.1.3)."""
        await self._line.write(mqtt.PINGREQ, _PATIENCE)
        answered = False
        while (packet := await self.next(_QUIET if answered else _PATIENCE)) is not None:
            answered |= packet.kind == mqtt.PINGRESP
            if packet.kind == mqtt.PUBLISH and packet.flags & 1:
                yield packet

    async def digest_kept(self) -> str:
        """`sha256:...` of the message that the broker keeps of the one topic that was subscribed to, however long it
        is; "" where it keeps none."""
        await self._line.write(mqtt.PINGREQ, _PATIENCE)
        answered = False
        while first := await self._line.first(_QUIET if answered else _PATIENCE):
            size = await self._length()
            if first[0] >> 4 == mqtt.PUBLISH:
                return await self._digest(first[0], size)
            answered |= mqtt.read_packet(first[0], await self._line.read(size, _PATIENCE)).kind == mqtt.PINGRESP
        return ""

    async def _digest(self, first: int, size: int) -> str:
        """Of the payload of a message that begins so."""
        head = await self._line.read(2, _PATIENCE)
        named = int.from_bytes(head, "big") + (2 if first & 6 else 0)
        await self._line.read(named, _PATIENCE)
        left, hashed = size - 2 - named, hashlib.sha256()
        while left > 0:
            block = await self._line.read(min(left, _BLOCK), _PATIENCE)
            hashed.update(block)
            left -= len(block)
        return f"sha256:{hashed.hexdigest()}"

    async def publish(self, topic: str, blocks: Iterable[bytes], size: int) -> None:
        """One message of `size` bytes, not of none, for the broker to keep. It has it once this returns; whether it
        keeps it, no broker of MQTT 3.1.1 says."""
        await self._line.write(mqtt.publish_head(topic, size, 1), _PATIENCE)
        for block in blocks:
            await self._line.write(block, _PATIENCE)
        await self.until(mqtt.PUBACK)

    async def end(self) -> None:
        """That nothing more comes, so that the broker does not take it for a break (3.14)."""
        await self._line.write(mqtt.DISCONNECT, _PATIENCE)

    async def take(self, packet: mqtt.Packet, place: StreamPlace, messages: Messages) -> None:
        """What a message says, and then the broker is told that we have it."""
        if packet.kind != mqtt.PUBLISH:
            return
        message = mqtt.read_message(packet)
        messages.add(message.topic, message.payload, {"_topic": message.topic} if mqtt.is_wild(place.topic) else {})
        if message.answer:
            await self._line.write(message.answer, _PATIENCE)

    async def until(self, kind: int) -> mqtt.Packet:
        """The next packet of a kind. What comes before it waits for `next`."""
        early, room = list[mqtt.Packet](), LONGEST
        while (packet := await self.owed()).kind != kind:
            early.append(packet)
            if (room := room - len(packet.body)) < 0:
                raise mqtt.broken(t("it does not answer what was asked", "要求への応答がありません"))
        self._early.extend(early)
        return packet

    async def owed(self) -> mqtt.Packet:
        packet = await self.next(_PATIENCE)
        if packet is None:
            raise mqtt.broken(t("it does not answer in time", "時間内に応答しません"))
        return packet

    async def next(self, seconds: float) -> mqtt.Packet | None:
        """The next packet; None where none begins in so many seconds."""
        if self._early:
            return self._early.popleft()
        first = await self._line.first(seconds)
        if not first:
            return None
        size = await self._length()
        if size > LONGEST + (1 << 16) + 4:  # with the name of its topic, and a number
            raise too_long(self._place)
        return mqtt.read_packet(first[0], await self._line.read(size, _PATIENCE))

    async def _length(self) -> int:
        """2.2.3: four bytes at most."""
        size = 0
        for place in range(4):
            digit = (await self._line.read(1, _PATIENCE))[0]
            size |= (digit & 0x7F) << 7 * place
            if digit < 0x80:
                return size
        raise mqtt.broken(t("the length of a packet is malformed", "パケット長の形式が不正です"))
