"""`tegata rules diff`: what changed between two packs, in words."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "What changed from the pack in OLD to the pack in NEW: parameters, dates, rules, conditions, examples. Layout and "
    "comments do not count.",
    "OLD のパックから NEW のパックへの変更点（パラメーター、日付、規則、条件、事例）を示す。書式とコメントは比べない。",
)


@click.command("diff", cls=Command, about=ABOUT)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@answers
@click.pass_obj
def command(terminal: Terminal, old: Path, new: Path) -> int:
    from tegata.rules import load_pack
    from tegata.rules.pack_diff import pack_diff

    changes = pack_diff(load_pack(old), load_pack(new))
    if terminal.as_json:
        terminal.document(changes)
    else:
        from tegata.cli.render.rules import show_diff

        show_diff(terminal.paper(), changes)
    return 0
