"""`tegata node ownership`: who owns whom among the participants, so that what goes to a group counts together."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Let your node take common control from an ownership file: what goes to one of a group counts for all of it.",
    "所有関係のファイルから共通の支配を読み取る。同じ支配の下にある一者へ渡したものは全体に通算される。",
)
ABOUT_LOAD = t(
    "Count by FILE (as `tegata rules ownership` reads it) from now on, in place of what was loaded before. An entity "
    "is the participant whose did or registered name it has. A file with `entities: {}` takes it back.",
    "今後は FILE（`tegata rules ownership` と同じ形式）により通算する。以前に読み込んだものに代わる。"
    "当事者は、その名前を did か登録名とする参加者とみなす。`entities: {}` だけのファイルで取り消せる。",
)


@click.command("load", cls=Command, about=ABOUT_LOAD)
@click.argument("file", type=click.Path(path_type=Path))
@option("--dry-run", is_flag=True, about=t("only tell what it would do", "実行した場合の結果だけを示す"))
@node_option
@answers
@click.pass_obj
def load(terminal: Terminal, file: Path, dry_run: bool, node: Path) -> int:
    request = {"path": str(file.resolve()), "dry_run": dry_run}
    return _tell(terminal, client(node, terminal).post("/v1/control", request))


@click.command("show", cls=Command, about=t("Show by what it counts now.", "現在の通算の根拠を示す。"))
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, node: Path) -> int:
    return _tell(terminal, client(node, terminal).get("/v1/control"))


def _tell(terminal: Terminal, found: object) -> int:
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render.ownership import show_control
        from tegata.ledger import ControlReport

        show_control(terminal.paper(), msgspec.convert(found, ControlReport))
    return 0


ENTRIES = {
    "load": Entry(f"{__name__}:load", t("count by an ownership file", "所有関係のファイルを読み込む")),
    "show": Entry(f"{__name__}:show", t("show who counts together", "通算される参加者を表示する")),
}


@click.group("ownership", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
