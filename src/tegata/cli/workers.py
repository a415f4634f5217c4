"""Who reads a large table: worker processes on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.scan import Workers


def workers_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--workers N`."""
    return option(
        "--workers",
        type=click.IntRange(1, 1024),
        default=None,
        about=t(
            "processes that share a large file (as many as there are cores)",
            "大きなファイルを分担して読むプロセスの数（既定はコアの数）",
        ),
    )(function)


@contextmanager
def workers_in_use(count: int | None) -> Iterator[Workers | None]:
    """Processes, which start when there is something to share; None where there is nobody to share it with."""
    number = count or len(os.sched_getaffinity(0))
    if number == 1:
        yield None
        return
    from tegata.scan import Workers
    from tegata.scan.pool import process_pool

    with process_pool(number) as pool:
        yield Workers(pool, 2 * number)
