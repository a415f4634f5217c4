"""`tegata node init`: the folder of a new node."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.at_node import party_facts
from tegata.cli.command import Command, answers, option
from tegata.cli.files import unwritable
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Make DIR with the settings, keys and state of a new node. `--facts` is a YAML file with what is true of its "
    "operator (organised_under, located_in ...); decisions rest on it.",
    "新しいノードの設定・鍵・状態を収めるフォルダ DIR を作る。`--facts` には運営者についての事実"
    "（organised_under、located_in など）を YAML で渡す。判定の根拠になる。",
)


@click.command("init", cls=Command, about=ABOUT)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option("--name", about=t("name of the operator (default: the folder's)", "運営者の名前（既定: フォルダ名）"))
@option(
    "--dsp-port",
    type=click.IntRange(1, 65535),
    default=8281,
    show_default=True,
    about=t("for other nodes", "他ノード用"),
)
@option(
    "--management-port", type=click.IntRange(1, 65535), default=8282, show_default=True, about=t("for you", "管理用")
)
@option("--country", about=t("where the operator is (ISO code)", "運営者の所在国（ISO コード）"))
@option("--facts", type=click.Path(path_type=Path), about=t("what is true of the operator", "運営者についての事実"))
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    folder: Path,
    name: str | None,
    dsp_port: int,
    management_port: int,
    country: str | None,
    facts: Path | None,
) -> int:
    from tegata.node import init_node

    pairs = [f"located_in={country.upper()}"] if country else []
    try:
        made = init_node(
            folder,
            name=name or folder.resolve().name,
            dsp_port=dsp_port,
            management_port=management_port,
            facts=party_facts(facts, pairs),
        )
    except OSError as error:
        raise unwritable(folder, error) from None
    if terminal.as_json:
        terminal.document(made)
    else:
        paper = terminal.paper()
        paper.line(t(f"node made in {folder}", f"{folder} にノードを作りました"))
        paper.exact(f"tegata node start {folder}", indent=2, style="cyan")
    return 0
