"""An event loop whose time passes at once: it jumps to the next thing that is due. No threads, no sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_THREADS = (0.0, 0.001, 0.01, 0.1, 1.0, 20.0)  # seconds
_START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


class VirtualLoop(asyncio.BaseEventLoop):
    """The ready queue, timers and tasks of asyncio, over a time of our own. One order of events per world."""

    def __init__(self, threads: random.Random) -> None:
        super().__init__()
        self._threads = threads
        self._elapsed = 0.0
        self._selector = self
        self.faults: list[str] = []
        self.set_exception_handler(self._unhandled)

    def time(self) -> float:
        return self._elapsed

    def select(self, timeout: float | None) -> list[Any]:
        """Where an ordinary loop would wait."""
        if timeout is None:
            raise RuntimeError("nothing will ever happen again in this world")
        self._elapsed += timeout
        return []

    def run_in_executor(self, _executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """What runs in threads elsewhere takes some time here, in which others go on, and is then done at once."""
        future: asyncio.Future[T] = self.create_future()
        self.call_later(self._threads.choice(_THREADS), _settle, future, func, args)
        return future

    def _process_events(self, _events: Any) -> None: ...

    def _write_to_self(self) -> None: ...

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"{context['message']}: {context.get('exception')!r}")


def _settle(future: asyncio.Future[T], func: Callable[..., T], args: tuple[Any, ...]) -> None:
    if future.cancelled():  # whoever waited for it is no more
        return
    try:
        future.set_result(func(*args))
    except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
        future.set_exception(error)


class NodeClock:
    """The clock of one machine: it may be wrong, and be set while it runs. Durations are always right."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.wrong = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return _START + dt.timedelta(seconds=self._loop.time()) + self.wrong

    def monotonic(self) -> float:
        return self._loop.time()
