"""`tegata rules ownership`: what shareholdings make of those who hold and are held."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

ABOUT = t(
    "FILE lists entities and shareholdings (YAML or JSON; CSV tables that it names). For each ENTITY, else for the "
    "parties that the file names: whether it is a covered person, the evidence, and who shares its control.",
    "FILE（YAML・JSON、そこに記した CSV の表）の当事者と持分から、各 ENTITY（省略時はファイルに記された当事者）が"
    "対象者に当たるか、その根拠、及び共通の支配下にある者を示す。",
)


@click.command("ownership", cls=Command, about=ABOUT)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("entity", nargs=-1)
@option(
    "--on",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    about=t("by the law of this day (default: today)", "この日の法令による（既定: 今日）"),
)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, file: Path, entity: tuple[str, ...], on: dt.datetime | None, packs: PackChoice) -> int:
    from tegata.cli.ownership import read, standings_on
    from tegata.clock import SystemClock
    from tegata.rules.ownership import answer

    ownership = read(file)
    names = entity or tuple(dict.fromkeys(ownership.parties.values()))
    if not names:
        raise UsageError(
            t("no entity is named", "当事者が指定されていません"),
            hint=t(
                "name one, or `recipient: NAME` in the file",
                "ENTITY を指定するか、ファイルに recipient: を記入してください",
            ),
        )
    day = on.date() if on else SystemClock().now().date()
    standings = standings_on(ownership, packs_in_use(packs), day)
    found = [answer(standings, name) for name in names]
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render.ownership import show

        show(terminal.paper(), found)
    return 0
