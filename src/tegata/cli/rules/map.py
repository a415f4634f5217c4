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
@option("--jurisdiction", default="", metavar="CODE", about=t("of this land or `house`", "法域（国コード、house）"))
@option(
    "--category",
    default="",
    metavar="NAME",
    about=t("that falls on data of this category", "この区分に及ぶもの"),
)
@option("--verb", default="", metavar="VERB", about=t("of this kind of condition", "この種類の条件"))
@option(
    "--means",
    default="",
    metavar="TEXT",
    about=t("met by a technique, standard or procedure that begins so", "この文字で始まる技術・標準・手続によるもの"),
)
@option("--csv", "as_csv", is_flag=True, about=t("as CSV on stdout", "CSV を stdout に出力する"))
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, /, as_csv: bool, packs: PackChoice, **wanted: str) -> int:
    from tegata.cli.render.mapping import show, write_csv
    from tegata.rules.means import Wanted, mapping

    asked = Wanted(**wanted)
    rows = [row for row in mapping(packs_in_use(packs)) if asked.keeps(row)]
    if terminal.as_json:
        terminal.document(rows)
    elif as_csv:
        write_csv(sys.stdout, rows, terminal.language)
    else:
        show(terminal.paper(), rows)
    return 0
