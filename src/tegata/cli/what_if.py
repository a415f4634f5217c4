"""`tegata what-if`: how the outcome moves when facts of a flow are other ones."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_document
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Decide FLOW once for every combination of the values given with `--vary`: facts (recipient.located_in=DE,US,CN), "
    "one category of a count (subjects.us_persons.health=1000,20000), sets with members joined by + "
    "(data.categories=health+financial,minor), dates (as_of=2026-01-01,2027-04-01), or `unknown`.",
    "`--vary` で与えた値のすべての組合せについて FLOW を判定する。事実（recipient.located_in=DE,US,CN）、"
    "人数の区分（subjects.us_persons.health=1000,20000）、"
    "集合（要素を + でつなぐ。data.categories=health+financial,minor）、"
    "日付（as_of=2026-01-01,2027-04-01）、unknown を指定できる。",
)


@click.command("what-if", cls=Command, about=ABOUT)
@click.argument("flow", type=click.Path(path_type=Path))
@option(
    "--vary",
    "axes",
    multiple=True,
    required=True,
    metavar="NAME=VALUE,...",
    about=t("what takes other values (repeatable)", "変化させる項目と値（複数指定可）"),
)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, flow: Path, axes: tuple[str, ...], packs: PackChoice) -> int:
    from tegata.clock import SystemClock
    from tegata.rules import read_flow
    from tegata.rules.vary import read_axis, vary

    stated = read_flow(read_document(flow))
    used = packs_in_use(packs)
    variation = vary(stated, [read_axis(text) for text in axes], used, today=SystemClock().now().date())
    if terminal.as_json:
        terminal.document(variation)
    else:
        from tegata.cli.render.variation import show

        show(terminal.paper(), variation)
    return 0
