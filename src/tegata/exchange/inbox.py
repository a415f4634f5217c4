"""Receiving: who speaks, was it said before, and the effect, all in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from tegata.clock import Clock
from tegata.identity import TokenClaims, verify_token
from tegata.model.base import Noun
from tegata.model.errors import ProtocolError, VerificationError
from tegata.store import Store, Transaction, received, replay
from tegata.store.received import Received, Reply

_FORGET_SECONDS = 3600
_log = structlog.get_logger("tegata.inbox")


class Sender(Noun, frozen=True, kw_only=True):
    """The participant behind a request, proven by its token."""

    did: str
    claims: TokenClaims


class Inbox:
    """Authenticates requests and gives each message its effect once.

    The protocol has no message ids: the same message is known by sender, process, type and digest.
    """

    def __init__(self, store: Store, clock: Clock, own_did: str) -> None:
        self._store = store
        self._clock = clock
        self._own_did = own_did

    def authenticate(self, authorization: str, body: bytes) -> Sender:
        """The sender of a request. Raises ProtocolError with status 404: not allowed looks like not found."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise ProtocolError("not found", status=404)
        try:
            claims = verify_token(token.strip(), own_did=self._own_did, now=self._clock.now(), body=body)
        except VerificationError as error:
            _log.warning("token.refused", why=str(error))
            raise ProtocolError("not found", status=404) from None
        return Sender(did=claims.iss, claims=claims)

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
        """A token counts once (RFC 7519 section 4.1.7), also after a restart."""
        if not replay.admit(tx, sender.did, sender.claims.jti, sender.claims.expires_at):
            raise ProtocolError("not found", status=404)
