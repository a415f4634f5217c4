"""A connection to one broker of Kafka: questions and answers, and how a user is shown to it."""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import Final

from tegata.catalog.streams import LONGEST
from tegata.model.base import t
from tegata.outbound import Line
from tegata.wire import kafka, sasl
from tegata.wire.kafka import broken

AT_ONCE: Final = 4 << 20  # bytes of batches; one batch is given whole, however long it is
_PATIENCE: Final = 30.0  # seconds for each answer
_LONGEST_ANSWER: Final = 2 * LONGEST + AT_ONCE
_LATER: Final = (kafka.NO_LEADER, kafka.NOT_LEADER)


class Peer:
    """One broker."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._number = 0

    async def ask(self, kind: tuple[int, int], body: bytes) -> bytes:
        """The answer to a request, without its head."""
        self._number += 1
        await self._line.write(kafka.request(kind, self._number, body), _PATIENCE)
        size, number = struct.unpack(">ii", await self._line.read(8, _PATIENCE))
        if number != self._number:
            raise broken(t("it does not answer as a broker", "ブローカーとして応答しません"))
        if not 4 <= size <= _LONGEST_ANSWER:
            raise broken(t("its answer is too long", "応答が長すぎます"))
        return await self._line.read(size - 4, _PATIENCE)

    async def mechanism(self) -> str:
        """The strongest that it offers of those that are known here. It may break off after that."""
        answer = await self.ask(kafka.SASL_HANDSHAKE, kafka.text(sasl.PREFERRED[0]))
        _, offered = kafka.read_mechanisms(answer)
        for name in sasl.PREFERRED:
            if name in offered:
                return name
        known = ", ".join(sasl.PREFERRED)
        raise broken(t(f"it takes none of {known}", f"{known} のどれにも対応していません"))

    async def log_in(self, mechanism: str, user: str, password: str) -> None:
        """By one of `sasl.PREFERRED`. PeerError: it does not let us in, or does not know the password itself."""
        error, _ = kafka.read_mechanisms(await self.ask(kafka.SASL_HANDSHAKE, kafka.text(mechanism)))
        if error:
            raise broken(t(f"it does not take {mechanism} any more", f"{mechanism} に対応しなくなりました"))
        if mechanism == "PLAIN":
            await self._say(sasl.plain(user, password))
            return
        proof = sasl.Scram(mechanism, user, password, secrets.token_urlsafe(24))
        answer = await asyncio.to_thread(proof.final, await self._say(proof.first()))
        proof.check(await self._say(answer))

    async def _say(self, token: bytes) -> bytes:
        error, answer = kafka.read_token(await self.ask(kafka.SASL_AUTHENTICATE, kafka.data(token)))
        if error:
            raise broken(t("user name or password are wrong", "ユーザー名かパスワードが違います"))
        return answer

    async def offset(self, topic: str, partition: int, which: int) -> int:
        answer = await self.ask(kafka.LIST_OFFSETS, kafka.ask_offset(topic, partition, which))
        error, offset = kafka.read_offset(answer)
        refuse(error)
        return offset


def refuse(error: int) -> None:
    """PeerError unless all is well; what may be well later is tried again by whoever asked."""
    if error == kafka.FORBIDDEN:
        raise broken(t("it does not let us read the topic", "トピックの読み取りが許可されていません"))
    if error in _LATER:
        raise broken(t("the partition is moving", "パーティションが移動中です"))
    if error != kafka.NO_ERROR:
        raise broken(t(f"it answers with error {error}", f"エラー {error} が返りました"))
