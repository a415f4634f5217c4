"""`tegata node peer`: the participants that a node knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option, party_facts
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.catalog import Participant

ABOUT = t("Register and list the participants that your node knows.", "自分のノードが知る参加者を登録・表示する。")
ABOUT_ADD = t(
    "Register participant ID (did:key:...), or replace what is held of it. Facts say what you have established of it "
    "(organised_under, located_in, covered_person ...); what you leave out stays unknown.",
    "参加者 ID（did:key:...）を登録または更新する。確認済みの事実（organised_under、located_in、"
    "covered_person など）を添える。書かない事実は不明のまま扱う。",
)


@click.command("add", cls=Command, about=ABOUT_ADD)
@click.argument("identifier", metavar="ID")
@option("--name", required=True, about=t("how you call it", "呼び名"))
@option("--url", default="", about=t("its DSP address", "DSP のアドレス"))
@option("--group", default="", about=t("group of companies under common control", "共通の支配下にある企業グループ"))
@option(
    "--without-passports",
    is_flag=True,
    about=t("take its data although it gives no passports", "手形を発行しない相手のデータも受け取る"),
)
@option("--facts", "pairs", metavar="NAME=VALUE", multiple=True, about=t("a fact of it; repeat", "事実（繰り返し可）"))
@option(
    "--facts-file", "path", type=click.Path(path_type=Path), about=t("its facts in a YAML file", "事実の YAML ファイル")
)
@node_option
@answers
@click.pass_obj
def add(
    terminal: Terminal,
    identifier: str,
    name: str,
    url: str,
    group: str,
    without_passports: bool,
    pairs: Sequence[str],
    path: Path | None,
    node: Path,
) -> int:
    request = {
        "id": identifier,
        "name": name,
        "url": url,
        "group": group,
        "gives_passports": not without_passports,
        "facts": party_facts(path, pairs),
    }
    registered = client(node, terminal).post("/v1/participants", request)
    if terminal.as_json:
        terminal.document(registered)
    else:
        terminal.paper().line(t(f"registered {name}", f"{name} を登録しました"))
    return 0


@click.command("list", cls=Command, about=t("List them.", "一覧を示す。"))
@node_option
@answers
@click.pass_obj
def listing(terminal: Terminal, node: Path) -> int:
    known = client(node, terminal).get("/v1/participants")
    if terminal.as_json:
        terminal.document(known)
    else:
        from tegata.cli.render import catalog

        catalog.show_participants(terminal.paper(), msgspec.convert(known, list[Participant]))
    return 0


ENTRIES = {
    "add": Entry(f"{__name__}:add", t("register a participant", "参加者を登録する")),
    "list": Entry(f"{__name__}:listing", t("show them", "参加者を表示する")),
}


@click.group("peer", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
