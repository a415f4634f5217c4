"""`tegata node transfers risk`: what a release tells of people, by itself and beside earlier ones."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, answers
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.plan import Release

ABOUT = t(
    "What the release of the transfer ID tells of people: what was done to its columns, how many records are alike, "
    "and what can be learnt of it together with earlier releases of the same data. Measured before it left.",
    "転送 ID で提供したデータから人について知られること（各列の処理、同じ値のレコード数、"
    "以前の提供と併せて分かること）を示す。提供前に測定した値。",
)


@click.command("risk", cls=Command, about=ABOUT)
@click.argument("process", metavar="ID")
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, process: str, node: Path) -> int:
    found = client(node, terminal).get(f"/v1/transfers/{process}/risk")
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render.plan import show_release

    show_release(terminal.paper(), msgspec.convert(found, Release), process)
    return 0
