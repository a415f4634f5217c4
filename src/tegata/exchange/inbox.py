"""Receiving: who speaks, was it said before, and the effect, all in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from tegata.clock import Clock
from tegata.identity import Authentication, Sender
from tegata.model.errors import ProtocolError, VerificationError
from tegata.store import Store, Transaction, received, replay
from tegata.store.received import Received, Reply

_FORGET_SECONDS = 3600
_log = structlog.get_logger("tegata.inbox")


class Inbox:
    """Authenticates requests and gives each message its effect once.

    The protocol has no message ids: the same message is known by sender, process, type and digest.
    """

    def __init__(self, store: Store, clock: Clock, authentication: Authentication) -> None:
        self._store = store
        self._clock = clock
        self._authentication = authentication

    def authenticate(self, authorization: str, body: bytes) -> Sender:
        """The sender of a request. Raises ProtocolError with status 404: not allowed looks like not found."""
        try:
            return self._authentication.sender(authorization, body)
        except VerificationError as error:
            _log.warning("token.refused", why=str(error))
            raise ProtocolError("not found", status=404) from None

    async def receive(
        self, sender: Sender, process: str, kind: str, digest: str, handle: Callable[[Transaction], Reply]
    ) -> Reply:
        """Run `handle` unless this very message was answered before; then give the same answer again."""
        message = Received(peer=sender.did, process=process, type=kind, digest=digest)

        def work(tx: Transaction) -> Reply:
            self._spend(tx, sender)
            answered = received.get(tx, message)
            if answered is not None:
                return answered
            reply = handle(tx)
            received.insert(tx, message, reply)
            return reply

        return await self._store.write(work)

    async def admit(self, sender: Sender) -> None:
        """Spend the token of a request that only reads."""
        await self._store.write(lambda tx: self._spend(tx, sender))

    async def forget(self) -> None:
        """Drop what was kept of tokens that have expired, every hour, for ever."""
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            await self._store.write(lambda tx: replay.purge(tx, self._clock.now()))

    def _spend(self, tx: Transaction, sender: Sender) -> None:
        if not self._authentication.spend(tx, sender):
            raise ProtocolError("not found", status=404)
