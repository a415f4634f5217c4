"""Who reads a large table: worker processes on this machine, or a cluster."""

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
    """`--workers N` and `--on ADDRESS`."""
    number = option(
        "--workers",
        type=click.IntRange(1, 1024),
        default=None,
        about=t(
            "processes that share a large file (as many as there are cores)",
            "大きなファイルを分担して読むプロセスの数（既定はコアの数）",
        ),
    )
    cluster = option(
        "--on",
        metavar="ADDRESS",
        default="",
        about=t(
            "share a large file among the workers of a Dask cluster, `dask://host:port`",
            "大きなファイルを Dask クラスター（`dask://host:port`）のワーカーで分担して読む",
        ),
    )
    return number(cluster(function))


@contextmanager
def workers_in_use(count: int | None, cluster: str = "") -> Iterator[Workers | None]:
    """Processes, which start when there is something to share, or a cluster; None where there is only this process."""
    if cluster:
        from tegata.scan.cluster import dask_cluster

        with dask_cluster(cluster) as workers:
            yield workers
        return
    number = count or len(os.sched_getaffinity(0))
    if number == 1:
        yield None
        return
    from tegata.scan import Workers
    from tegata.scan.pool import process_pool

    with process_pool(number) as pool:
        yield Workers(pool, 2 * number)
