"""Doors, and what to copy to open them."""

from __future__ import annotations

import datetime as dt

from tegata.cli.paper import Paper
from tegata.doors.desk import Doors, Link
from tegata.doors.snippets import MOST_TABLES, Snippet
from tegata.model.base import Text, t


def show(paper: Paper, doors: Doors) -> None:
    paper.line(t("open: ", "開いています: "), doors.title, style="bold green")
    paper.exact(doors.transfer, indent=2, style="cyan")
    paper.line(_until(doors.expires), indent=2)
    for content in doors.contents:
        if content.packed:
            paper.line(f"{content.name}: ", content.packed, indent=2, hang=4)
    hidden = sum(content.is_table for content in doors.contents) - MOST_TABLES
    if hidden > 0:
        paper.line(t(f"the lines below leave {hidden} tables out", f"下の各行では {hidden} 表を省略"), indent=2)
    for snippet in doors.snippets:
        paper.heading(snippet.tool, "  ", snippet.say)
        show_code(paper, snippet, indent=2)
    paper.gap()
    paper.line(
        t(
            "These lines hold the secret of this transfer. Give them to nobody who may not read the data.",
            "上の各行にはこの転送の秘密が含まれます。データを読んでよい人以外に渡さないでください。",
        ),
        style="yellow",
    )
    if doors.role == "consumer":
        paper.line(
            t("what lies there later, as the next version:", "あとで最新の内容を次の版として求める:"),
            f" tegata get {doors.transfer} --again",
        )
    if doors.role == "provider":
        paper.line(
            t(f"opened so far: {len(doors.uses)} (files and days)", f"これまでの利用: {len(doors.uses)}（ファイル×日）")
        )


def show_code(paper: Paper, snippet: Snippet, indent: int = 0) -> None:
    """Each line as it is to be copied."""
    for line in snippet.code.splitlines():
        paper.exact(line, indent=indent)


def show_link(paper: Paper, link: Link) -> None:
    paper.exact(link.url)
    paper.line(link.name, style="dim")
    paper.line(_until(link.expires), style="dim")


def _until(expires: dt.datetime) -> Text:
    day = f"{expires:%Y-%m-%d %H:%M} UTC"
    return t(
        f"until {day}, or until the transfer ends, whichever comes first", f"{day} または転送の終了のどちらか早い方まで"
    )
