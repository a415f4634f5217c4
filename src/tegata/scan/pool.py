"""Worker processes on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from tegata.apart import environment, serve_parent
from tegata.scan.passes import Workers

T = TypeVar("T")
_THREADS: Final = "POLARS_MAX_THREADS"


@contextmanager
def process_pool(workers: int) -> Iterator[Workers]:
    """So many processes, on one thread each: a share is a core's work. They start when there is work for them, anew,
    since a copy of a process with threads may hang, and import the module that was started: a program that uses this
    needs the usual `if __name__ == "__main__"`.
    """
    pool = _Pool(workers)
    try:
        yield Workers(pool, 2 * workers)
    finally:
        pool.shutdown(cancel_futures=True)


class _Pool(Executor):
    """Processes and the means to start them, which take 40 ms to load, from the first work on."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: Executor | None = None

    def submit(self, work: Callable[..., T], /, *args: Any, **settings: Any) -> Future[T]:
        if self._pool is not None:
            return self._pool.submit(work, *args, **settings)
        with environment(lambda: {_THREADS: "1"}):
            self._pool = _processes(self._workers)
            return self._pool.submit(work, *args, **settings)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _processes(workers: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, get_context("spawn"), serve_parent)
