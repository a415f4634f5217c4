"""`tegata node start`: run a node until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import click

from tegata.cli.command import Command, option, spoken
from tegata.model.base import t

ABOUT = t(
    "Run the node of DIR until it is stopped (Ctrl-C or SIGTERM). It logs to stderr.",
    "DIR のノードを停止（Ctrl-C または SIGTERM）まで動かす。ログは stderr に出る。",
)


@click.command("start", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option(
    "--while-stdin-open",
    "tied",
    is_flag=True,
    about=t(
        "stop when standard input closes: when whoever started it is gone",
        "標準入力が閉じたら停止する（起動元と運命を共にする）",
    ),
)
@spoken
def command(folder: Path, tied: bool) -> int:
    from tegata.node import run_node

    if tied:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    run_node(folder)
    return 0


def _stop_at_end_of_input() -> None:
    """The kernel closes the pipe whichever way the parent ends, kill -9 included."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
