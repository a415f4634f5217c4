"""`tegata node log`: look after the evidence log."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t("Look after the evidence log.", "証跡ログを検査する。")
ABOUT_CHECK = t(
    "Recompute every hash of the log and compare it with the signed checkpoint.",
    "ログのすべてのハッシュを計算し直し、署名済みチェックポイントと照合する。",
)
ENTRIES = {"check": Entry(f"{__name__}:check", t("recompute and compare everything", "全件を再計算して照合する"))}


@click.command("check", cls=Command, about=ABOUT_CHECK)
@node_option
@answers
@click.pass_obj
def check(terminal: Terminal, node: Path) -> int:
    found = client(node, terminal).post("/v1/log/check", {})
    if terminal.as_json:
        terminal.document(found)
    else:
        size = f"{found['size']:,}"
        terminal.paper().line(t(f"the log is whole: {size} entries", f"ログに異常はありません: {size} 件"))
    return 0


@click.group("log", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
