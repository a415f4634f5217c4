"""`tegata rules map`: legal definitions and the means that meet them, as one table."""

from __future__ import annotations

import sys

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Legal definition x protection means x standard x procedure, made from the packs. WORD keeps the rows in which it "
    "occurs: a definition, an article, a verb, a technique, a standard.",
    "法令上の定義 × 保護措置 × 標準 × 手続の対応表をパックから作る。WORD を与えると、それを含む行"
    "（定義、条文、措置、技術、標準）だけを示す。",
)


@click.command("map", cls=Command, about=ABOUT)
@click.argument("word", required=False, default="")
@option("--csv", "as_csv", is_flag=True, about=t("as CSV on stdout", "CSV を stdout に出力する"))
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, word: str, as_csv: bool, packs: PackChoice) -> int:
    from tegata.cli.render.mapping import mentions, show, write_csv
    from tegata.rules.means import mapping

    rows = [row for row in mapping(packs_in_use(packs)) if mentions(row, word)]
    if terminal.as_json:
        terminal.document(rows)
    elif as_csv:
        write_csv(sys.stdout, rows, terminal.language)
    else:
        show(terminal.paper(), rows)
    return 0
