"""A topic of Kafka as a destination: each file is a run of messages under its name, in one transaction.

Whoever reads what is committed sees all of a file or nothing of it. A log overwrites nothing: another file of the same
name comes behind the first. Through the gate, as its node's settings allow.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from tegata.catalog.kafka import Log, place_of_log
from tegata.catalog.kafka_peer import Peer
from tegata.cli.destination import Destination, not_laid
from tegata.model.base import t
from tegata.model.errors import InputError, PeerError, UsageError
from tegata.node.config import read_config
from tegata.outbound import Outbound
from tegata.tables import digest_file
from tegata.wire import kafka_write as write
from tegata.wire.kafka import broken

_BLOCK: Final = 512 << 10  # bytes of a message; brokers take 1 MB unless they are told otherwise
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
_PARTITION: Final = 0
_HINT: Final = t(
    "name a topic that is there, and in which we may write transactions",
    "トランザクションの書き込みが許可された既存のトピックを指定してください",
)
_T = TypeVar("_T")


class KafkaTopic(Destination):
    """Runs of messages in the first partition of a topic."""

    def __init__(self, address: str, node: Path) -> None:
        try:
            self._place = place_of_log(address)
        except InputError as error:
            raise UsageError(error.what, why=error.why, hint=_HINT) from error
        if self._place.options:
            raise UsageError(
                t(f"nothing can be laid at `{address}`", f"`{address}` には置けません"),
                why=t("offsets are for reading", "オフセットは読み取りのための指定です"),
            )
        self._policy = read_config(node).outbound.policy()

    def shown(self, name: str) -> str:
        return f"{self._place.broker}/{self._place.topic}/{name}"

    def is_taken(self, name: str) -> bool:
        """Looks through the partition: such a topic is for this alone."""

        async def ask(log: Log) -> bool:
            for span in await log.spans([_PARTITION]):
                async for records in log.batches(span):
                    if any(record.key == name.encode() for record in records):
                        return True
            return False

        return self._asked(name, ask)

    def put(self, name: str, file: Path) -> None:
        async def lay(log: Log) -> None:
            await _Transaction(log, self._place.topic, name).lay(file)

        self._asked(name, lay)

    def _asked(self, name: str, ask: Callable[[Log], Coroutine[Any, Any, _T]]) -> _T:
        try:
            return asyncio.run(self._over(ask))
        except (PeerError, InputError) as error:
            raise not_laid(self.shown(name), error.said, _HINT) from error

    async def _over(self, ask: Callable[[Log], Coroutine[Any, Any, _T]]) -> _T:
        gate = Outbound(self._policy)
        try:
            return await ask(Log(gate.lines, self._place))
        finally:
            await gate.close()


class _Transaction:
    """Writes one file, whole or not at all. Its name makes it: an attempt that was killed is taken back by the next."""

    def __init__(self, log: Log, topic: str, name: str) -> None:
        self._log = log
        self._topic = topic
        self._name = name
        self._id = "tegata-" + hashlib.sha256(f"{topic}/{name}".encode()).hexdigest()[:32]

    async def lay(self, file: Path) -> None:
        digest = await asyncio.to_thread(digest_file, file)
        async with self._log.at(await self._coordinator()) as coordinator:
            producer = await self._producer(coordinator)
            asked = write.ask_partition(producer, self._topic, _PARTITION)
            await _settled(lambda: coordinator.ask(write.ADD_PARTITIONS, asked), write.read_partition)
            try:
                await self._write(producer, file, digest)
            except BaseException:
                await self._end(coordinator, producer, keeps=False)
                raise
            await self._end(coordinator, producer, keeps=True)

    async def _coordinator(self) -> str:
        async with self._log.at() as peer:
            found = await _settled_with(
                lambda: peer.ask(write.FIND_COORDINATOR, write.ask_coordinator(self._id)), write.read_coordinator
            )
        return self._log.address(found)

    async def _producer(self, coordinator: Peer) -> write.Producer:
        return await _settled_with(
            lambda: coordinator.ask(write.INIT_PRODUCER, write.ask_producer(self._id)),
            lambda data: write.read_producer(data, self._id),
        )

    async def _write(self, producer: write.Producer, file: Path, digest: str) -> None:
        size = file.stat().st_size
        count = max(-(-size // _BLOCK), 1)
        async with self._log.leader(_PARTITION) as leader:
            with file.open("rb") as source:
                for part in range(count):
                    told = {"part": f"{part + 1}/{count}", "digest": digest}
                    batch = write.batch(producer, part, self._name.encode(), source.read(_BLOCK), told)
                    asked = write.ask_write(producer, self._topic, _PARTITION, batch)
                    _refuse(write.read_written(await leader.ask(write.PRODUCE, asked)))

    async def _end(self, coordinator: Peer, producer: write.Producer, *, keeps: bool) -> None:
        asked = write.ask_end(producer, keeps=keeps)
        await _settled(lambda: coordinator.ask(write.END, asked), write.read_end)


async def _settled(ask: Callable[[], Coroutine[Any, Any, bytes]], read: Callable[[bytes], int]) -> None:
    """Ask until it is no longer an error that passes. PeerError: it is one that does not."""
    await _settled_with(ask, lambda data: (read(data), None))


async def _settled_with(ask: Callable[[], Coroutine[Any, Any, bytes]], read: Callable[[bytes], tuple[int, _T]]) -> _T:
    for pause in (*_PAUSES, None):
        error, found = read(await ask())
        if error not in write.LATER or pause is None:
            _refuse(error)
            return found
        await asyncio.sleep(pause)
    raise RuntimeError("unreachable")


def _refuse(error: int) -> None:
    if error == write.TOO_LARGE:
        raise broken(t("it takes no messages of 512 KiB", "512 KiB のメッセージを受け付けません"))
    if error:
        raise broken(t(f"it answers with error {error}", f"エラー {error} が返りました"))
