"""`tegata rules list`: which packs judge."""

from __future__ import annotations

import click

from tegata.cli.command import Command, answers
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "The packs that judge a flow: id, first day, day of the next review, rules and worked examples.",
    "フローを判定するパックの一覧（id、開始日、次の見直し日、規則と事例の数）。",
)


@click.command("list", cls=Command, about=ABOUT)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, packs: PackChoice) -> int:
    from tegata.rules.summary import summary

    found = [summary(pack) for pack in packs_in_use(packs)]
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render.rules import show_list

        show_list(terminal.paper(), found)
    return 0
