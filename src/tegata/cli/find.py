"""`tegata find`: what another node offers."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option, peer_option
from tegata.cli.command import Command, answers
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "List what PEER offers whose title or description holds QUERY; everything when QUERY is left out.",
    "PEER が公開するデータのうち、題名か説明に QUERY を含むものを示す。省略するとすべて。",
)


@click.command("find", cls=Command, about=ABOUT)
@click.argument("query", default="")
@peer_option()
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, query: str, peer: str, node: Path) -> int:
    found = client(node, terminal).post("/v1/find", {"peer": peer, "query": query})
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render import catalog
        from tegata.wire.dsp.catalog import CatalogItem

        catalog.show_found(terminal.paper(), msgspec.convert(found["items"], list[CatalogItem]))
    return 0
