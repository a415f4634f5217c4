"""`tegata trust lists update`: the lists of a folder, fetched where they are published."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE, at_option, moment
from tegata.cli.trust.lists import anchors_option, who_may_sign
from tegata.model.base import Progress, t

if TYPE_CHECKING:
    from tegata.lists import ListFolder, Update

ABOUT = t(
    "Fetch the list of lists and every list that it points to into FOLDER, where they are newer than what is there, "
    "and tell which services came, went or changed. Taken is only what is signed by whom the list of lists names, in "
    "time, and not older than before; what was there stays in use while it holds. Afterwards `read` and `find` work "
    "on the folder without a network. Exit code 1: a list is not as new as it should be.",
    "リストのリストと、それが指すリストのうち新しいものを FOLDER へ取得し、サービスの追加・削除・状態の変化を示す。"
    "リストのリストが認めた署名者による、期限内で、以前より古くないものだけを受け入れ、"
    "それまでのリストは有効な間そのまま使う。取得後は `read` と `find` が通信なしで使える。"
    "終了コード 1: 最新にできないリストがある。",
)
ABOUT_URL = t("where the list of lists is published (asked once)", "リストのリストの公開場所（初回のみ）")
ABOUT_NETWORK = t("a private network to reach", "許す非公開の網")
FETCHING = t("fetching lists", "リストを取得しています")


@click.command("update", cls=Command, about=ABOUT)
@click.argument("folder", type=FILE)
@option("--url", default="", about=ABOUT_URL)
@anchors_option
@option("--network", "networks", multiple=True, metavar="CIDR", about=ABOUT_NETWORK)
@option("--dry-run", is_flag=True, about=t("fetch and tell, but write nothing", "取得して示すだけで、書き込まない"))
@at_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    folder: Path,
    url: str,
    anchors: Sequence[Path],
    networks: Sequence[str],
    dry_run: bool,
    at: dt.datetime | None,
) -> int:
    from tegata.cli.render import list_update as render
    from tegata.lists import ListFolder

    known, place = who_may_sign(anchors), ListFolder(folder)
    with terminal.progress(FETCHING) as progress:
        found = asyncio.run(_fetched(place, url, known, networks, moment(at), progress))
    if not dry_run:
        found.apply(place)
    if terminal.as_json:
        terminal.document(render.document(found, applied=not dry_run))
    else:
        render.page(terminal.paper(), found)
        if dry_run:
            terminal.note(t("nothing was written", "何も書き込んでいません"))
    return 0 if all(member.problem is None for member in found.members) else 1


async def _fetched(
    folder: ListFolder,
    url: str,
    anchors: Sequence[bytes],
    networks: Sequence[str],
    at: dt.datetime,
    progress: Progress | None,
) -> Update:
    from tegata.lists import update
    from tegata.outbound import Outbound, OutboundPolicy

    gate = Outbound(OutboundPolicy(allow_http=bool(networks), networks=tuple(networks)))
    try:
        return await update(gate, folder, url, anchors, at, progress)
    finally:
        await gate.close()
