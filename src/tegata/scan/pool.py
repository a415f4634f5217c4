"""Worker processes on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Final, TypeVar

from tegata.scan.passes import Workers

T = TypeVar("T")
_THREADS: Final = "POLARS_MAX_THREADS"


@contextmanager
def process_pool(workers: int) -> Iterator[Workers]:
    """So many processes, on one thread each: a share is a core's work. They start when there is work for them, anew,
    since a copy of a process with threads may hang, and import the module that was started: a program that uses this
    needs the usual `if __name__ == "__main__"`.
    """
    pool = _Pool(workers, get_context("spawn"), _serve)
    try:
        yield Workers(pool, 2 * workers)
    finally:
        pool.shutdown(cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    _started = False

    def submit(self, work: Callable[..., T], /, *args: Any, **settings: Any) -> Future[T]:
        if self._started:
            return super().submit(work, *args, **settings)
        with _one_thread():
            self._started = True
            return super().submit(work, *args, **settings)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The engine in a worker reads how many threads it may have when it is loaded, from what it was started with."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_THREADS]
        if before is not None:
            os.environ[_THREADS] = before


def _serve() -> None:
    """A worker leaves interruptions to the process that started it, and does not outlive that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
