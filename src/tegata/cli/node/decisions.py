"""`tegata node decisions`: what your node decided, and why."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.decision import Decision

ABOUT = t(
    "List the decisions of your node, newest last; with DIGEST tell that one in full.",
    "自分のノードが行った判定を新しいものが最後になるように示す。DIGEST を渡すとその 1 件を詳しく示す。",
)


@click.command("decisions", cls=Command, about=ABOUT)
@click.argument("digest", required=False)
@option("--dataset", default="", about=t("only about this data set", "このデータセットのものだけ"))
@option("--participant", default="", about=t("only about this participant", "この参加者のものだけ"))
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, digest: str | None, dataset: str, participant: str, node: Path) -> int:
    our_node = client(node, terminal)
    if digest:
        found = our_node.get(f"/v1/decisions/{digest}")
    else:
        wanted = {"dataset": dataset, "participant": participant}
        found = our_node.get("/v1/decisions", **{name: value for name, value in wanted.items() if value})
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render import decision as render

    paper = terminal.paper()
    for made in [found] if digest else found:
        paper.exact(made["digest"], style="dim")
        render.show(paper, msgspec.convert(made["decision"], Decision))
        paper.gap()
    return 0
