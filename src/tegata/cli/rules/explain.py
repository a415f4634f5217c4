"""`tegata rules explain`: one rule and all that it rests on."""

from __future__ import annotations

import datetime as dt

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "RULE (its id, or PACK/RULE): citation, expression, definitions, facts with their questions, parameters on a day, "
    "conditions with their means, and the worked examples in which it holds.",
    "RULE（規則の id、又は PACK/RULE）の根拠条文、条件式、定義、事実とその質問、指定日のパラメーター、条件とその手段、"
    "該当する事例を示す。",
)


@click.command("explain", cls=Command, about=ABOUT)
@click.argument("rule")
@option(
    "--on",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    about=t("parameters on this day (default: today)", "この日のパラメーターを示す（既定: 今日）"),
)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, rule: str, on: dt.datetime | None, packs: PackChoice) -> int:
    from tegata.clock import SystemClock
    from tegata.rules.explain import explain

    day = on.date() if on else SystemClock().now().date()
    found = explain(packs_in_use(packs), rule, day)
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render.explanation import show

    paper = terminal.paper()
    for explanation in found:
        show(paper, explanation)
        paper.gap()
    return 0
