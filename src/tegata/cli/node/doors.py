"""`tegata node doors`: how an agreed data set is opened with the tools that people have."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

ABOUT = t(
    "See how data that stays with its provider is opened: addresses, key, and lines to copy for each tool.",
    "提供者の側に置かれたデータの開き方（アドレス、キー、ツールごとにコピーできる数行）を示す。",
)
ABOUT_SHOW = t(
    "Show the doors of a transfer that is started, at either side. ID is that of the transfer, of its agreement, or of "
    "the acquisition. With --tool only the lines for that tool are printed. They hold the secret: whoever has them can "
    "read the data until the transfer ends.",
    "開始済みの転送の入口を示す（提供者・利用者どちらの側でも）。ID は転送、合意、取得のいずれかの id。"
    "--tool を付けるとそのツールの行だけを出力する。出力には秘密が含まれ、"
    "転送が終わるまで、持つ人はだれでもデータを読める。",
)


@click.command("show", cls=Command, about=ABOUT_SHOW)
@click.argument("transfer", metavar="ID")
@option("--tool", default="", about=t("only the lines for this tool", "このツールの行だけ"))
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, transfer: str, tool: str, node: Path) -> int:
    document = client(node, terminal).get(f"/v1/doors/{transfer}")
    if terminal.as_json:
        terminal.document(document)
        return 0
    from tegata.cli.render import doors as render
    from tegata.doors.desk import Doors

    found, paper = msgspec.convert(document, Doors), terminal.paper()
    if tool:
        named = {snippet.tool.casefold(): snippet for snippet in found.snippets}
        if tool.casefold() not in named:
            raise UsageError(
                t(f"there are no lines for `{tool}`", f"`{tool}` 向けの行はありません"),
                hint=", ".join(snippet.tool for snippet in found.snippets),
            )
        render.show_code(paper, named[tool.casefold()])
    else:
        render.show(paper, found)
    return 0


@click.group(
    "doors",
    cls=Group,
    entries={
        "show": Entry("tegata.cli.node.doors:show", t("what opens a data set, to copy", "開き方を表示する")),
    },
    about=ABOUT,
)
@spoken
def command() -> None:
    pass
