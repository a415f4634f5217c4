"""Steps that a node takes by itself: one at a time per process, by the replica that holds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from tegata.clock import Clock
from tegata.exchange.agenda import Agenda
from tegata.exchange.backoff import wait
from tegata.model.base import Text
from tegata.model.errors import PeerError, StoreError
from tegata.store import Lease, Store, Transaction, work

_LANES = 4
_log = structlog.get_logger("tegata.worker")


class WaitingError(PeerError):
    """A step waits for others. It is taken again after `again`, which is no failure."""

    def __init__(self, what: Text, again: dt.timedelta) -> None:
        super().__init__(what)
        self.again = again


class Worker:
    """Runs `step(process_id)` for each process that owes a step. A step looks at the stored state and does what follows
    from it, or nothing; so running it once too often does no harm."""

    def __init__(self, store: Store, clock: Clock, step: Callable[[str], Awaitable[None]]) -> None:
        self._store = store
        self._clock = clock
        self._step = step
        self._failures: dict[str, int] = {}
        self._agenda: Agenda[str] = Agenda(store, clock, work, str, self._attempt, _LANES)

    def owe(self, tx: Transaction, process: str) -> Lease:
        """A process is about to be written that owes a step: we hold it, and take the step once that is durable."""
        tx.after(lambda: self.touch(process))
        return self._agenda.lease()

    def touch(self, process: str) -> None:
        """Take the next step of a process that we hold."""
        self._agenda.take(process)

    async def run(self) -> None:
        """Work for ever."""
        await self._agenda.run()

    async def _attempt(self, process: str) -> None:
        try:
            await self._step(process)
            self._failures.pop(process, None)
        except WaitingError as waits:
            _log.debug("step.waits", process=process, why=str(waits))
            await self._again(process, self._clock.now() + waits.again)
        except (StoreError, PeerError) as error:  # nothing was claimed; it may succeed once there is room, or an answer
            await self._postpone(process, str(error))

    async def _postpone(self, process: str, why: str) -> None:
        failures = self._failures[process] = self._failures.get(process, 0) + 1
        due_at = self._clock.now() + wait(failures)
        _log.warning("step.postponed", process=process, due_at=due_at.isoformat(), why=why)
        await self._again(process, due_at)

    async def _again(self, process: str, due_at: dt.datetime) -> None:
        await self._store.write(lambda tx: work.postpone(tx, process, self._store.owner, due_at))
        self._agenda.expect(due_at)
