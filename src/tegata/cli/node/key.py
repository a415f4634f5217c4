"""`tegata node key`: the key that speaks for a node, and handing its name on to another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.at_node import node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.log import Reason
    from tegata.node.identity import KeyStanding

ABOUT = t(
    "The key that speaks for a node. Its name stays when the key goes.",
    "ノードの鍵。鍵が変わっても、ノードの名前は変わらない。",
)
SHOW_ABOUT = t(
    "Which keys have spoken for the node. `--out` writes the rolls that lead from its name to the key, for readers who "
    "verify with `tegata verify --keys`.",
    "ノードの鍵の履歴を示す。`--out` は引き継ぎの記録を書き出し、`tegata verify --keys` で使える。",
)
ROLL_ABOUT = t(
    "Hand the name of a node that does not run on to a new key. The old key endorses the new one, both sign, the log "
    "gets an entry, and the old key is gone with its file. Peers learn of it from the next message and do nothing. "
    "Without `--apply` it only tells.",
    "停止中のノードの名前を新しい鍵へ引き継ぐ。古い鍵が新しい鍵を保証して両方が署名し、ログに記録し、"
    "古い鍵はファイルごと失われる。相手は次のメッセージで知り、何も変える必要はない。`--apply` がなければ示すだけ。",
)
REASON_ABOUT = t(
    "why: `key-compromise` makes readers ask for more proof of what the old key signed",
    "理由。`key-compromise` では、古い鍵の署名に追加の証拠が求められる",
)
KEY_ABOUT = t("take the key in this file (PEM, or a PKCS #11 URI)", "このファイルの鍵を使う（PEM または PKCS #11 URI）")
ENTRIES = {
    "show": Entry("tegata.cli.node.key:show", t("the keys that it has had", "鍵の履歴を示す")),
    "roll": Entry("tegata.cli.node.key:roll", t("hand its name on to a new key", "名前を新しい鍵へ引き継ぐ")),
}


@click.group("key", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass


@click.command("show", cls=Command, about=SHOW_ABOUT)
@option(
    "--out", type=click.Path(path_type=Path), about=t("file to write the rolls to", "引き継ぎの記録を書き出すファイル")
)
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, out: Path | None, node: Path) -> int:
    from tegata.node.identity import identity_of, key_standing

    found = key_standing(node)
    if out is not None:
        refuse_existing(out, force=False)
        notes = identity_of(node).history.notes
        if not notes:
            raise UsageError(t("the key was never handed on", "鍵は一度も引き継がれていません"))
        write_document(out, "".join(notes).encode())
    _tell(terminal, found)
    return 0


@click.command("roll", cls=Command, about=ROLL_ABOUT)
@option("--reason", type=click.Choice(["superseded", "key-compromise"]), default="superseded", about=REASON_ABOUT)
@option("--key", type=click.Path(path_type=Path), about=KEY_ABOUT)
@option("--apply", is_flag=True, about=t("do it: it cannot be undone", "実行する。元には戻せない"))
@node_option
@answers
@click.pass_obj
def roll(terminal: Terminal, reason: Reason, key: Path | None, apply: bool, node: Path) -> int:
    from tegata.node.identity import key_standing, roll_key

    found = roll_key(node, reason, key) if apply else key_standing(node)
    _tell(terminal, found)
    if not apply:
        terminal.note(
            t(
                "nothing was done; stop the node, keep a backup of its folder, and do it with `--apply`",
                "まだ何もしていません。ノードを停止し、フォルダを控えてから `--apply` で実行します",
            )
        )
    return 0


def _tell(terminal: Terminal, found: KeyStanding) -> None:
    if terminal.as_json:
        terminal.document(found)
        return
    paper = terminal.paper()
    paper.exact(found.did, style="bold")
    titles = (t("KEY", "鍵"), t("UP TO ENTRY", "まで（件）"), t("REASON", "理由"))
    rows = [
        (one.key, "" if one.until is None else str(one.until), one.reason or t("in use", "使用中"))
        for one in found.keys
    ]
    paper.table(titles, rows, right=(1,))
    if found.unfinished:
        paper.line(
            t(
                "a roll was broken off: finish it with `tegata node key roll --apply`",
                "引き継ぎが中断しています。`tegata node key roll --apply` で完了します",
            ),
            style="yellow",
        )
