"""Sending: messages leave the outbox in order per process, until they are answered or 72 hours are over."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from operator import attrgetter

import structlog

from tegata.clock import Clock
from tegata.exchange.agenda import Agenda
from tegata.exchange.backoff import CONFLICT, GIVE_UP_AFTER, wait
from tegata.identity import Authentication
from tegata.model.base import Noun
from tegata.model.errors import OutboundError, PeerError
from tegata.model.process import Message
from tegata.outbound import Outbound
from tegata.store import Store, Transaction, outbox

_MAX_ANSWER = 1 << 20
_LANES = 10_000  # as many as there are: each waits for a peer
_log = structlog.get_logger("tegata.courier")


class Answer(Noun, frozen=True, kw_only=True):
    """What became of a message: the peer's status and body, or status 0 and why it was given up."""

    status: int
    body: bytes = b""
    why: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unrecognised(self) -> bool:
        """Whether the peer may not have known who asks: not found and not allowed look the same, and a token is not
        allowed while a clock is wrong."""
        return self.status in (401, 404)

    @property
    def patience(self) -> dt.timedelta:
        """How long trying again may help: with no answer, too many requests, or trouble on the peer's side, until we
        give up. With a conflict, a moment: Eclipse EDC says so while it has not yet noted our answer to its last
        message. Not at all where the peer simply says no."""
        if self.status in (0, 408, 425, 429) or self.status >= 500:
            return GIVE_UP_AFTER
        return CONFLICT if self.status == 409 else dt.timedelta(0)


Settle = Callable[[Transaction, Message, Answer], None]
"""Told once per message, in the transaction that takes it out of the outbox."""


class Courier:
    """The sender of a node. `settle` hands each answer to the service that owns the process."""

    def __init__(
        self, store: Store, clock: Clock, outbound: Outbound, authentication: Authentication, settle: Settle
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbound = outbound
        self._authentication = authentication
        self._settle = settle
        self._agenda: Agenda[Message] = Agenda(store, clock, outbox, attrgetter("id"), self._deliver, _LANES)

    def post(self, tx: Transaction, *, process: str, peer: str, url: str, body: bytes) -> None:
        """Put a message into the outbox, in the transaction of the state that it tells of. It leaves once that is
        durable, or once the earlier messages of its process are answered."""
        message = Message(
            id=str(uuid.uuid4()), peer=peer, url=url, body=body, process=process, created_at=self._clock.now()
        )
        if outbox.add(tx, message, self._agenda.lease()):
            tx.after(lambda: self._agenda.take(message))

    async def run(self) -> None:
        """Send for ever. A slow peer holds up only itself."""
        await self._agenda.run()

    async def _deliver(self, message: Message) -> None:
        answer, now = await self._send(message), self._clock.now()
        if now - message.created_at >= answer.patience:
            await self._store.write(lambda tx: self._finish(tx, message, answer))
            return
        attempts = message.attempts + 1
        due_at = now + wait(attempts)
        _log.info("message.postponed", url=message.url, attempts=attempts, why=answer.why or answer.status)
        await self._store.write(lambda tx: outbox.postpone(tx, message.id, self._store.owner, due_at, attempts))
        self._agenda.expect(due_at)

    def _finish(self, tx: Transaction, message: Message, answer: Answer) -> None:
        """Tell what became of the message, unless another replica has taken it over, and let the next of its process
        leave."""
        if not outbox.delete(tx, message.id, self._store.owner):
            return
        self._settle(tx, message, answer)
        following = outbox.claim_next(tx, message.process, self._agenda.lease())
        if following is not None:
            tx.after(lambda: self._agenda.take(following))

    async def ask(self, peer: str, url: str) -> Answer:
        """What a peer shows at an address of its own, now; nothing is kept."""
        return await self._request("GET", peer, url)

    async def _send(self, message: Message) -> Answer:
        return await self._request("POST", message.peer, message.url, message.body)

    async def _request(self, method: str, peer: str, url: str, content: bytes = b"") -> Answer:
        authorization = self._authentication.authorization(peer, content)
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        try:
            status, _, body = await self._outbound.request(
                method, url, headers=headers, content=content, max_bytes=_MAX_ANSWER
            )
        except OutboundError as error:  # our own gate says no: trying again cannot help
            return Answer(status=403, why=str(error))
        except PeerError as error:
            return Answer(status=0, why=str(error))
        return Answer(status=status, body=body)
