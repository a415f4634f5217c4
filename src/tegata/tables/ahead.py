"""Stages of a stream that run at the same time, each a step ahead of the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
_MOST: Final = 1  # items that are made for the next stage or wait for it: each more is memory in every stage


def ahead(items: Iterable[Item]) -> Generator[Item]:
    """The same items in the same order, made in a thread of their own while the caller works on those before.

    What making them raises is raised here, in its place. `items` is only touched by that thread, one item at a time.
    Close the iterator (`contextlib.closing`) when it may be left early: then the thread has ended when that returns.
    """
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as own:
        coming: deque[Future[object]] = deque(own.submit(next, iterator, end) for _ in range(_MOST))
        try:
            while (item := coming.popleft().result()) is not end:
                coming.append(own.submit(next, iterator, end))
                yield item  # type: ignore[misc]
        finally:
            for one in coming:
                one.cancel()
