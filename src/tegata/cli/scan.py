"""`tegata scan`: what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.profile import Profile

if TYPE_CHECKING:
    from tegata.tables import Source

ABOUT = t(
    "Say what stands in PATH: which columns hold data about people, of which category, about how many people, and why "
    "we think so. Reads CSV, Parquet, JSON lines and Excel. Values never appear in the answer.",
    "PATH に何が入っているかを調べる。どの列が個人に関するデータか、その分類、人数、判断の根拠を示す。"
    "CSV、Parquet、JSON Lines、Excel に対応。値そのものは出力しない。",
)


def profile_of(path: Path, terminal: Terminal) -> tuple[Source, Profile]:
    """Open and scan, with a bar for the patient."""
    from tegata.scan import scan
    from tegata.tables import open_source

    source = open_source(path)
    with terminal.progress(t(f"scanning {path.name}", f"{path.name} を調べています")) as progress:
        return source, scan(source, progress=progress)


@click.command("scan", cls=Command, about=ABOUT)
@click.argument("path", type=click.Path(path_type=Path))
@option("--explain", is_flag=True, about=t("every reason for every column", "列ごとの根拠をすべて示す"))
@answers
@click.pass_obj
def command(terminal: Terminal, path: Path, explain: bool) -> int:
    _, profile = profile_of(path, terminal)
    if terminal.as_json:
        terminal.document(profile)
    else:
        from tegata.cli.render import profile as render

        render.show(terminal.paper(), profile, path.name, explain=explain)
    return 0
