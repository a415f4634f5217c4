"""`tegata rules show`: a pack, or one provision of it, as it is written, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.rules import Pack

ABOUT = t(
    "Everything that PACK (an id from `tegata rules list`) says: parameters with their dates, rules with citation and "
    "conditions, worked examples. With RULE: that provision and all in the pack that it rests on.",
    "PACK（`tegata rules list` の id）の内容をすべて示す：日付付きのパラメーター、根拠条文と条件の付いた規則、事例。"
    "RULE を与えると、その規則と、パックの中でそれが前提とするものすべてを示す。",
)


@click.command("show", cls=Command, about=ABOUT)
@click.argument("name", metavar="PACK")
@click.argument("rule", required=False)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, name: str, rule: str | None, packs: PackChoice) -> int:
    from tegata.rules.facts import did_you_mean

    known = {pack.id: pack for pack in packs_in_use(packs)}
    if name not in known:
        raise UsageError(
            t(f"there is no rule pack `{name}`", f"ルールパック `{name}` はありません"),
            hint=did_you_mean(name, known) or ", ".join(known),
        )
    _show(terminal, known[name]) if rule is None else _show_rule(terminal, known[name], rule)
    return 0


def _show(terminal: Terminal, pack: Pack) -> None:
    if terminal.as_json:
        from tegata.rules.summary import whole

        terminal.document(whole(pack))
        return
    from tegata.cli.render.rules import show_pack

    show_pack(terminal.paper(), pack)


def _show_rule(terminal: Terminal, pack: Pack, rule: str) -> None:
    from tegata.rules.provision import provision

    found = provision(pack, rule)
    if terminal.as_json:
        terminal.document(found)
        return
    from tegata.cli.render.provision import show

    show(terminal.paper(), found)
