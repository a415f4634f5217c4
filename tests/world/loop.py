"""An event loop whose time passes at once: it jumps to the next thing that is due. No threads, no sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


class VirtualLoop(asyncio.BaseEventLoop):
    """The ready queue, timers and tasks of asyncio, over a time of our own. One order of events per world."""

    def __init__(self) -> None:
        super().__init__()
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
        """What runs in threads elsewhere runs here and now."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            future.set_exception(error)
        return future

    def _process_events(self, _events: Any) -> None: ...

    def _write_to_self(self) -> None: ...

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"{context['message']}: {context.get('exception')!r}")


class NodeClock:
    """The clock of one machine: it may be wrong, and be set while it runs. Durations are always right."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.wrong = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return _START + dt.timedelta(seconds=self._loop.time()) + self.wrong

    def monotonic(self) -> float:
        return self._loop.time()
