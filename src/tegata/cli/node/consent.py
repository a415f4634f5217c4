"""`tegata node consent`: who has given consent, who withdraws it, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

ABOUT = t(
    "Keep consent for a data set. Once there is a register, only the records of people in it leave.",
    "データセットの同意を管理する。登録を始めると、同意のある人のレコードだけが出る。",
)
ABOUT_LOAD = t(
    "Take the people in the column of TABLE as having given consent for DATASET. The first time it begins the "
    "register: from then on nobody else's records leave, and transfers under way end.",
    "TABLE の列に載る人を DATASET について同意した人として登録する。初回は登録簿を始める。"
    "以後、それ以外の人のレコードは出ず、進行中の転送は終了する。",
)
ABOUT_WITHDRAW = t(
    "Withdraw the consent of people of DATASET: those with these keys, those in a table, or all. Transfers whose data "
    "holds them end at once, within one chunk; what the recipient asks for next comes without them.",
    "DATASET の人の同意を撤回する（キー、表、または全員）。その人を含む転送は次の区切りまでに直ちに終了し、"
    "受領者が次に要求したデータには含まれない。",
)
PURPOSE = t("the purpose; without it that of the data set", "目的（省略時はデータセットの目的）")
EVERY_PURPOSE = t("only for this purpose; without it for every one", "この目的についてのみ（省略時はすべての目的）")
COLUMN = t("the column that tells people apart", "人を区別する列")
DRY_RUN = t("only tell what it would do", "実行した場合の結果だけを示す")


@click.command("load", cls=Command, about=ABOUT_LOAD)
@click.argument("dataset")
@click.argument("table", type=click.Path(path_type=Path))
@option("--column", default="", about=COLUMN)
@option("--purpose", default=None, about=PURPOSE)
@option("--dry-run", is_flag=True, about=DRY_RUN)
@node_option
@answers
@click.pass_obj
def load(
    terminal: Terminal, dataset: str, table: Path, column: str, purpose: str | None, dry_run: bool, node: Path
) -> int:
    request = {"dataset": dataset, "act": "given", "path": str(table.resolve()), "column": column}
    return _ask(terminal, node, request | {"purpose": purpose, "dry_run": dry_run})


@click.command("withdraw", cls=Command, about=ABOUT_WITHDRAW)
@click.argument("dataset")
@click.argument("keys", nargs=-1)
@option("--table", type=click.Path(path_type=Path), about=t("a table of their keys", "キーの載る表"))
@option("--all", "everybody", is_flag=True, about=t("everybody", "全員"))
@option("--purpose", default=None, about=EVERY_PURPOSE)
@option("--dry-run", is_flag=True, about=DRY_RUN)
@node_option
@answers
@click.pass_obj
def withdraw(
    terminal: Terminal,
    dataset: str,
    keys: tuple[str, ...],
    table: Path | None,
    everybody: bool,
    purpose: str | None,
    dry_run: bool,
    node: Path,
) -> int:
    if not (keys or table or everybody):
        raise UsageError(
            t("nobody is named", "対象者が指定されていません"),
            hint=t("give keys, `--table` or `--all`", "キー、`--table`、`--all` のいずれかを指定してください"),
        )
    path = str(table.resolve()) if table else ""
    request = {"dataset": dataset, "act": "withdrawn", "path": path, "people": keys, "everybody": everybody}
    return _ask(terminal, node, request | {"purpose": purpose, "dry_run": dry_run})


@click.command("show", cls=Command, about=t("Show how consent stands for DATASET.", "DATASET の同意の状況を示す。"))
@click.argument("dataset")
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, dataset: str, node: Path) -> int:
    found = client(node, terminal).get(f"/v1/consent/{dataset}")
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render.consent import show_report
    from tegata.consent import ConsentReport

    show_report(terminal.paper(), msgspec.convert(found, ConsentReport))
    return 0


def _ask(terminal: Terminal, node: Path, request: dict[str, Any]) -> int:
    found = client(node, terminal).post("/v1/consent", request)
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render.consent import show_change
    from tegata.consent import Change

    show_change(terminal.paper(), msgspec.convert(found, Change), dry_run=request["dry_run"])
    return 0


ENTRIES = {
    "load": Entry(f"{__name__}:load", t("people have given consent", "同意した人を登録する")),
    "withdraw": Entry(f"{__name__}:withdraw", t("people withdraw it", "同意を撤回する")),
    "show": Entry(f"{__name__}:show", t("how it stands", "同意の状況を表示する")),
}


@click.group("consent", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
