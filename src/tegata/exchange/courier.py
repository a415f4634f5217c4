"""Sending: messages leave the outbox in order per process, until they are answered or 72 hours are over."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable

import structlog

from tegata.clock import Clock
from tegata.exchange.backoff import GIVE_UP_AFTER, wait
from tegata.identity import Authentication
from tegata.model.base import Noun
from tegata.model.errors import OutboundError, PeerError
from tegata.model.process import Message
from tegata.outbound import Outbound
from tegata.store import Store, Transaction, outbox

_MAX_ANSWER = 1 << 20
_AT_ONCE = 100
_MOMENT_SECONDS = 1.0
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
    def passing(self) -> bool:
        """Whether trying again may help: no answer, too many requests, or trouble on the peer's side."""
        return self.status in (0, 408, 425, 429) or self.status >= 500


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
        self._woken = asyncio.Event()
        self._in_flight: set[str] = set()

    def post(self, tx: Transaction, *, process: str, peer: str, url: str, body: bytes) -> None:
        """Put a message into the outbox, in the transaction of the state that it tells of."""
        now = self._clock.now()
        message = Message(
            id=str(uuid.uuid4()), peer=peer, url=url, body=body, process=process, due_at=now, created_at=now
        )
        outbox.add(tx, message)

    def wake(self) -> None:
        """Look into the outbox now: something was posted."""
        self._woken.set()

    async def run(self) -> None:
        """Send for ever; idle until woken or a retry is due. A slow peer holds up only itself."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                # What is in flight now may be answered before the read returns, and still stand in what was read.
                in_flight = frozenset(self._in_flight)
                due = await self._due(_AT_ONCE + len(in_flight))
                for message in due:
                    if message.id not in in_flight:
                        self._in_flight.add(message.id)
                        group.create_task(self._deliver(message))
                await self._sleep(busy=bool(due))

    async def _due(self, most: int) -> list[Message]:
        return await self._store.read(lambda tx: outbox.due(tx, self._clock.now(), most))

    async def _sleep(self, *, busy: bool) -> None:
        """Each delivery that ends wakes us, and the next due time does. What is in flight is due all the time: then
        look again after a moment, for the sake of the others."""
        next_due = await self._store.read(outbox.next_due)
        least = _MOMENT_SECONDS if busy else 0.0
        seconds = max(least, (next_due - self._clock.now()).total_seconds()) if next_due else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _deliver(self, message: Message) -> None:
        try:
            await self._conclude(message, await self._send(message))
        finally:
            self._in_flight.discard(message.id)
            self.wake()

    async def _conclude(self, message: Message, answer: Answer) -> None:
        now = self._clock.now()
        if not answer.passing or now - message.created_at >= GIVE_UP_AFTER:
            await self._store.write(lambda tx: self._finish(tx, message, answer))
            return
        attempts = message.attempts + 1
        due_at = now + wait(attempts)
        _log.info("message.postponed", process=message.process, attempts=attempts, why=answer.why or answer.status)
        await self._store.write(lambda tx: outbox.postpone(tx, message.id, due_at, attempts))

    def _finish(self, tx: Transaction, message: Message, answer: Answer) -> None:
        outbox.delete(tx, message.id)
        self._settle(tx, message, answer)

    async def _send(self, message: Message) -> Answer:
        authorization = self._authentication.authorization(message.peer, message.body)
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        try:
            status, _, body = await self._outbound.request(
                "POST", message.url, headers=headers, content=message.body, max_bytes=_MAX_ANSWER
            )
        except OutboundError as error:  # our own gate says no: trying again cannot help
            return Answer(status=403, why=str(error))
        except PeerError as error:
            return Answer(status=0, why=str(error))
        return Answer(status=status, body=body)
