"""Who reads a large table: worker processes on this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tegata.cli.command import option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.scan import Workers


_WORTH: Final = 512 << 20  # bytes of a file: less is read sooner than processes have started


def workers_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--workers N`, `--on ADDRESS` and `--resume FILE`."""
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
    kept = option(
        "--resume",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=None,
        about=t(
            "keep what was found of a large file in FILE, and go on from there after a break; removed at the end",
            "大きなファイルの途中経過を FILE に保存し、中断後はそこから再開する。完了すると削除する",
        ),
    )
    return number(cluster(kept(function)))


@contextmanager
def workers_in_use(count: int | None, cluster: str = "", resume: Path | None = None) -> Iterator[Workers | None]:
    """Processes, which start when there is something to share, or a cluster; None where there is only this process."""
    number = count or len(os.sched_getaffinity(0))
    if not cluster and number == 1 and resume is None:
        yield None
        return
    from tegata.scan.saved import Saved

    with _somewhere(number, cluster) as workers:
        saved = Saved(resume) if resume else None
        asked = count or cluster or resume
        yield replace(workers, saved=saved, least=0 if asked else _WORTH)
        if saved:
            saved.remove()


def _somewhere(number: int, cluster: str) -> AbstractContextManager[Workers]:
    if cluster:
        from tegata.scan.cluster import dask_cluster

        return dask_cluster(cluster)
    from tegata.scan.pool import process_pool

    return process_pool(number)
