"""Receiving: who speaks, was it said before, and the effect, all in one transaction."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from tegata.clock import Clock
from tegata.evidence import EvidenceLog
from tegata.evidence.rolls import is_newest
from tegata.exchange.backoff import GIVE_UP_AFTER
from tegata.identity import Authentication, Sender
from tegata.model.base import encode
from tegata.model.errors import ProtocolError, StoreError, VerificationError
from tegata.store import Store, Transaction, received, replay
from tegata.store.received import Received, Reply

KEEP_REPLIES: Final = GIVE_UP_AFTER + dt.timedelta(hours=24)
"""A courier of ours repeats a message for `GIVE_UP_AFTER` since it was made, which was before it first came here. The
margin is for clocks, the last pause and couriers of others. A repetition after that finds the process where its first
effect has moved it, and is refused by the table of the protocol: it has no second effect either."""
_ILLEGAL: Final = 400
_FORGET_SECONDS: Final = 3600
_AT_ONCE: Final = 1000
_log = structlog.get_logger("tegata.inbox")


class Inbox:
    """Authenticates requests and gives each message its effect once.

    The protocol has no message ids: the same message is known by sender, process, type and digest. Ours have an `@id`
    nevertheless, so have those of others (`pairing.post`): their repetitions are told for certain, also of those that
    were refused. Of the others one that is legal once more is a new one: no move leads from a state to itself, so
    somebody has moved the process back in between, as one that was suspended, resumed and is suspended again.
    """

    def __init__(self, store: Store, clock: Clock, authentication: Authentication, evidence: EvidenceLog) -> None:
        self._store = store
        self._clock = clock
        self._authentication = authentication
        self._evidence = evidence

    def authenticate(self, authorization: str, body: bytes) -> Sender:
        """The sender of a request. Raises ProtocolError with status 404: not allowed looks like not found."""
        try:
            return self._authentication.sender(authorization, body)
        except VerificationError as error:
            _log.warning("token.refused", why=str(error))
            raise ProtocolError("not found", status=404) from None

    async def receive(
        self,
        sender: Sender,
        process: str,
        kind: str,
        digest: str,
        handle: Callable[[Transaction], Reply],
        awaited: Callable[[Transaction], bool],
        *,
        named: bool,
    ) -> Reply:
        """Run `handle` unless this very message was answered before; then give the same answer again.

        Args:
            awaited: whether it is legal now, and so new though the same came before, unless it is `named`.
            named: it has an id of its own.
        """
        message = Received(peer=sender.did, process=process, type=kind, digest=digest)

        def work(tx: Transaction) -> Reply | ProtocolError:
            self._spend(tx, sender)
            answered = received.get(tx, message)
            if answered is not None and (named or not awaited(tx)):
                return answered
            return self._answer(tx, message, handle, named=named)

        answer = await self._store.write(work)
        if isinstance(answer, ProtocolError):
            raise answer
        if answer.status == _ILLEGAL:
            raise _refusal(answer)
        return answer

    def _answer(
        self, tx: Transaction, message: Received, handle: Callable[[Transaction], Reply], *, named: bool
    ) -> Reply | ProtocolError:
        """A refusal is durable too: a message that comes again is not taken later, when its sender has given it up."""
        try:
            reply = tx.attempt(lambda: handle(tx))
        except ProtocolError as error:
            if named and error.status == _ILLEGAL:
                refused = Reply(status=error.status, body=encode(error.parts("en")))
                received.put(tx, message, refused, self._clock.now())
            return error
        received.put(tx, message, reply, self._clock.now())
        return reply

    async def admit(self, sender: Sender) -> None:
        """Spend the token of a request that only reads."""
        await self._store.write(lambda tx: self._spend(tx, sender))

    async def forget(self) -> None:
        """Drop what can make no difference any more, every hour, for ever."""
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            try:
                await self.purge()
            except StoreError as error:
                _log.warning("store.unavailable", why=str(error))

    async def purge(self) -> None:
        """Drop tokens that have expired, and replies that nobody can ask for again by a repetition; a few at a time,
        so that nobody waits for it."""
        now = self._clock.now()
        while await self._store.write(lambda tx: replay.purge(tx, now, _AT_ONCE)) == _AT_ONCE:
            pass
        while await self._store.write(lambda tx: received.purge(tx, now - KEEP_REPLIES, _AT_ONCE)) == _AT_ONCE:
            pass

    def _spend(self, tx: Transaction, sender: Sender) -> None:
        """A request counts once, and only under the newest key of its sender: what it shows of its keys is learned."""
        if not self._authentication.spend(tx, sender):
            raise ProtocolError("not found", status=404)
        try:
            newest = is_newest(tx, self._evidence, sender.did, sender.rolls, self._clock.now())
        except VerificationError as error:
            _log.warning("key.contradicted", peer=sender.did, why=str(error))
            raise ProtocolError("not found", status=404) from None
        if not newest:
            _log.warning("key.gone", peer=sender.did)
            raise ProtocolError("not found", status=404)


def _refusal(answered: Reply) -> ProtocolError:
    """The error that was answered, word for word."""
    what, why, hint = msgspec.json.decode(answered.body)
    return ProtocolError(what, status=answered.status, why=why, hint=hint)
