"""`tegata node start`: run a node until it is stopped."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, spoken
from tegata.cli.tied import tie, tied_option
from tegata.model.base import t

ABOUT = t(
    "Run the node of DIR until it is stopped (Ctrl-C or SIGTERM). It logs to stderr.",
    "DIR のノードを停止（Ctrl-C または SIGTERM）まで動かす。ログは stderr に出る。",
)


@click.command("start", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@tied_option
@spoken
def command(folder: Path, tied: bool) -> int:
    from tegata.node import run_node

    if tied:
        tie()
    run_node(folder)
    return 0
