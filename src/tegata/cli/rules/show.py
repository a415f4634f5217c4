"""`tegata rules show`: a pack as it is written, in words."""

from __future__ import annotations

import click

from tegata.cli.command import Command, answers
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

ABOUT = t(
    "Everything that PACK (an id from `tegata rules list`) says: parameters with their dates, rules with citation and "
    "conditions, worked examples.",
    "PACK（`tegata rules list` の id）の内容をすべて示す：日付付きのパラメーター、根拠条文と条件の付いた規則、事例。",
)


@click.command("show", cls=Command, about=ABOUT)
@click.argument("name", metavar="PACK")
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, name: str, packs: PackChoice) -> int:
    from tegata.rules.facts import did_you_mean

    known = {pack.id: pack for pack in packs_in_use(packs)}
    if name not in known:
        raise UsageError(
            t(f"there is no rule pack `{name}`", f"ルールパック `{name}` はありません"),
            hint=did_you_mean(name, known) or ", ".join(known),
        )
    if terminal.as_json:
        terminal.document(known[name].files)
    else:
        from tegata.cli.render.rules import show_pack

        show_pack(terminal.paper(), known[name])
    return 0
