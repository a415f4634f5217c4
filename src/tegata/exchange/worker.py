"""Steps that a node takes by itself: one at a time per process, found again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from tegata.exchange.backoff import wait
from tegata.model.errors import PeerError, StoreError

_log = structlog.get_logger("tegata.worker")


class Worker:
    """Runs `step(process_id)` for each process that was touched. A step looks at the stored state and does what follows
    from it, or nothing; so running it once too often does no harm."""

    def __init__(self, step: Callable[[str], Awaitable[None]], lanes: int = 4) -> None:
        self._step = step
        self._lanes = lanes
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._failures: dict[str, int] = {}

    def touch(self, process: str) -> None:
        """Something changed for this process: take its next step soon."""
        if process in self._running:
            self._again.add(process)
        elif process not in self._waiting:
            self._waiting.add(process)
            self._queue.put_nowait(process)

    async def run(self) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._lanes):
                group.create_task(self._lane())

    async def _lane(self) -> None:
        while True:
            process = await self._queue.get()
            self._waiting.discard(process)
            self._running.add(process)
            await self._attempt(process)
            self._running.discard(process)
            if process in self._again:
                self._again.discard(process)
                self.touch(process)

    async def _attempt(self, process: str) -> None:
        try:
            await self._step(process)
            self._failures.pop(process, None)
        except (StoreError, PeerError) as error:  # nothing was claimed; it may succeed once there is room, or an answer
            failures = self._failures[process] = self._failures.get(process, 0) + 1
            seconds = wait(failures).total_seconds()
            _log.warning("step.postponed", process=process, seconds=seconds, why=str(error))
            asyncio.get_running_loop().call_later(seconds, self.touch, process)
        except Exception:  # noqa: BLE001  one broken process must not stop the others
            _log.exception("step.failed", process=process)
