"""A broker of MQTT as a destination: each file is one message that the broker keeps, on a topic of its own.

A message arrives whole or not at all, and takes the place of the one before (MQTT 3.1.1, 3.3.1.3). Through the gate, as
its node's settings allow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from tegata.catalog.mqtt_session import Session
from tegata.catalog.streams import StreamPlace, read_place
from tegata.cli.destination import Destination, not_laid
from tegata.model.base import t
from tegata.model.errors import InputError, PeerError, UsageError
from tegata.node.config import read_config
from tegata.outbound import Lines, Outbound
from tegata.tables import digest_file
from tegata.wire import mqtt

_BLOCK: Final = 256 << 10  # bytes
_HINT: Final = t(
    "the broker must let us write below that topic, and keep messages as long as the file",
    "このトピック以下への書き込みと、ファイルの大きさの保持メッセージを許可するブローカーが必要です",
)
_T = TypeVar("_T")


class MqttTopic(Destination):
    """What a broker keeps below a topic."""

    def __init__(self, address: str, node: Path) -> None:
        try:
            self._place = read_place(address.rstrip("/"), {})
        except InputError as error:
            raise UsageError(error.what, why=error.why, hint=_HINT) from error
        if mqtt.is_wild(self._place.topic):
            raise UsageError(
                t(f"nothing can be laid at `{address}`", f"`{address}` には置けません"),
                why=t("it stands for many topics", "複数のトピックを指しています"),
            )
        self._policy = read_config(node).outbound.policy()

    def shown(self, name: str) -> str:
        return f"{self._place.broker}/{self._topic(name)}"

    def is_taken(self, name: str) -> bool:
        async def ask(session: Session) -> bool:
            await session.subscribe(self._topic(name), 0)
            return bool(await session.digest_kept())

        return self._asked(name, ask)

    def put(self, name: str, file: Path) -> None:
        size = file.stat().st_size
        if not size or len(mqtt.publish_head(self._topic(name), size, 1)) + size > mqtt.LONGEST:
            bounds = t("a broker keeps messages of 1 byte to 256 MB", "保持メッセージは 1 バイトから 256 MB までです")
            raise not_laid(self.shown(name), bounds, t("choose another place", "別の場所を選んでください"))

        async def lay(session: Session) -> str:
            await session.publish(self._topic(name), _blocks(file), size)
            await session.subscribe(self._topic(name), 0)
            return await session.digest_kept()

        if self._asked(name, lay) != digest_file(file):  # brokers drop what is too long for them, and say nothing
            kept = t("the broker has not kept it", "ブローカーに保持されていません")
            raise not_laid(self.shown(name), kept, _HINT)

    def _topic(self, name: str) -> str:
        """Signs that stand for many topics are written as in an address."""
        return f"{self._place.topic}/{name.replace('+', '%2B').replace('#', '%23')}"

    def _asked(self, name: str, ask: Callable[[Session], Coroutine[Any, Any, _T]]) -> _T:
        try:
            return asyncio.run(self._in_session(ask))
        except PeerError as error:
            raise not_laid(self.shown(name), error.said, _HINT) from error

    async def _in_session(self, ask: Callable[[Session], Coroutine[Any, Any, _T]]) -> _T:
        gate = Outbound(self._policy)
        try:
            return await _over(gate.lines, self._place, ask)
        finally:
            await gate.close()


async def _over(lines: Lines, place: StreamPlace, ask: Callable[[Session], Coroutine[Any, Any, _T]]) -> _T:
    async with lines.open(place.broker) as line:
        session = Session(line, place.text)
        await session.begin(place.user)
        answer = await ask(session)
        await session.end()
    return answer


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block
