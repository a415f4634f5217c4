"""One connection to a broker of MQTT: what is said on it, and what comes."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Final

from tegata.catalog.streams import LONGEST, too_long
from tegata.model.base import t
from tegata.outbound import Line
from tegata.wire import mqtt

_PATIENCE: Final = 30.0  # seconds for each packet that is owed to us
_BLOCK: Final = 256 << 10  # bytes
_QUIET: Final = 0.5  # seconds without a further message, after which there are no more that are kept


class Session:
    """One connection to a broker. `version`: of the protocol, `mqtt.V3` or `mqtt.V5`."""

    def __init__(self, line: Line, place: str, version: int = mqtt.V3) -> None:
        self._line = line
        self._place = place
        self._version = version
        self._early: deque[mqtt.Packet] = deque()

    async def begin(self, user: str, client: str = "", keeps: int = 0) -> bool:
        """The password of a named user is in MQTT_PASSWORD.

        Args:
            client: the name of a session that may have been there before.
            keeps: seconds for which the broker shall keep the session after a break.

        Returns:
            Whether it has kept it.
        """
        password = os.environ.get("MQTT_PASSWORD", "") if user else ""
        name = client or f"tegata{secrets.token_hex(8)}"
        await self._line.write(mqtt.connect(name, user, password, version=self._version, keeps=keeps), _PATIENCE)
        return mqtt.read_accepted(await self.owed(), self._version)

    async def subscribe(self, topic: str, quality: int) -> None:
        """What is kept may come before the broker has said that it will come: it is taken later, in its order."""
        await self._line.write(mqtt.subscribe(topic, quality, self._version), _PATIENCE)
        mqtt.refuse_unless_granted(await self.until(mqtt.SUBACK), self._version)

    async def kept(self) -> AsyncIterator[mqtt.Packet]:
        """The last message of each topic, as brokers keep them: they send these at once, and mark them (3.3.1.3)."""
        await self.ping()
        answered = False
        while (packet := await self.next(_QUIET if answered else _PATIENCE)) is not None:
            answered |= packet.kind == mqtt.PINGRESP
            if packet.kind == mqtt.PUBLISH and packet.flags & 1:
                yield packet

    async def digest_kept(self) -> str:
        """`sha256:...` of the message that the broker keeps of the one topic that was subscribed to, however long it
        is; "" where it keeps none."""
        await self.ping()
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

    async def ping(self) -> None:
        """Ask whether it is there (3.12)."""
        await self._line.write(mqtt.PINGREQ, _PATIENCE)

    async def end(self) -> None:
        """That nothing more comes, so that the broker does not take it for a break (3.14)."""
        await self._line.write(mqtt.DISCONNECT, _PATIENCE)

    async def acknowledge(self, message: mqtt.Message) -> None:
        """That we have it, if the broker wants to know."""
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
