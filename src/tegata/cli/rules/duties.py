"""`tegata rules duties`: what must be reported, to whom, until when."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_document
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "What the packs ask to be reported for the facts of FLOW (YAML or JSON; `-` reads stdin): duty, to whom, until "
    "when, citation; the most urgent first. `--at awareness=2026-11-25T09:00+09:00` says when a clock began; without "
    "it the length of the clock is shown. A date alone is its beginning in UTC.",
    "FLOW（YAML または JSON、`-` は標準入力）の事実について、パックが求める報告を、"
    "相手、期限、根拠とともに急ぐ順に示す。"
    "`--at awareness=2026-11-25T09:00+09:00` で起算点を与える。与えない場合は期間を示す。"
    "日付のみの場合は UTC の午前 0 時とする。",
)


@click.command("duties", cls=Command, about=ABOUT)
@click.argument("flow", type=click.Path(path_type=Path))
@option(
    "--at",
    "events",
    multiple=True,
    metavar="EVENT=TIME",
    about=t("when a clock began (repeatable)", "起算点となる出来事の日時（複数指定可）"),
)
@packs_option
@answers
@click.pass_obj
def command(terminal: Terminal, flow: Path, events: tuple[str, ...], packs: PackChoice) -> int:
    from tegata.clock import SystemClock
    from tegata.rules import read_flow
    from tegata.rules.duties import duties, read_event

    began = dict(map(read_event, events))
    found = duties(read_flow(read_document(flow)), packs_in_use(packs), today=SystemClock().now().date(), events=began)
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render.duties import show

        show(terminal.paper(), found)
    return 0
