"""Stages that run ahead: the same items in the same order, never many at a time, and no thread that stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tegata.tables import ahead


def test_order_is_kept_through_stages() -> None:
    assert list(ahead(n * n for n in ahead(range(1000)))) == [n * n for n in range(1000)]
    assert list(ahead([])) == []


def test_what_making_raises_comes_in_its_place() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match="gone"):
        next(items)


def test_only_a_few_are_made_before_they_are_wanted() -> None:
    made: list[int] = []
    with closing(ahead(n for n in range(100) if not made.append(n))) as items:
        next(items)
        time.sleep(0.05)
        assert len(made) <= 3


def test_work_on_two_stages_overlaps() -> None:
    """Each side waits for the other in the same item: one after the other they would wait for ever."""
    meeting = threading.Barrier(2, timeout=10)

    def making() -> Iterator[int]:
        yield 0
        meeting.wait()
        yield 1

    for number in ahead(making()):
        if number == 0:
            meeting.wait()


def test_leaving_early_ends_the_threads_and_closes_what_makes() -> None:
    before, closed = threading.active_count(), []

    def making() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    with closing(ahead(ahead(making()))) as items:
        next(items)
    del items
    assert threading.active_count() == before
    assert closed
