"""`tegata recognisers list`: everything that a scan looks for."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "The recognisers that a scan uses: id, category, countries, how a value is proven.",
    "スキャンに用いる認識器の一覧（id、分類、国、値の検査方法）。",
)


@click.command("list", cls=Command, about=ABOUT)
@option("--category", default="", about=t("only this category, or those below it", "この分類とその下位だけ"))
@option("--country", default="", metavar="CC", about=t("only those of this country", "この国のものだけ"))
@recognisers_option
@answers
@click.pass_obj
def command(terminal: Terminal, category: str, country: str, recognisers: tuple[Path, ...]) -> int:
    found = [
        one
        for one in recognisers_in_use(recognisers).recognisers
        if f"{one.category}.".startswith(f"{category}." if category else "")
        and (not country or country.upper() in one.jurisdictions)
    ]
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render.recognisers import show_list

        show_list(terminal.paper(), found)
    return 0
