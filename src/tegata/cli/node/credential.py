"""`tegata node transfers credential`: the passport of a transfer for readers of W3C credentials."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, option, spoken
from tegata.cli.keys.look import put
from tegata.cli.terminal import Terminal
from tegata.model.base import t

ABOUT = t(
    "Issue the passport of the transfer ID as a W3C Verifiable Credential 2.0 (JOSE), signed by your node. "
    "`tegata verify` checks it, and so does what knows `vc+jwt` and `did:key`.",
    "転送 ID の手形を W3C Verifiable Credential 2.0（JOSE）としてノードの鍵で発行する。"
    "`tegata verify` や、`vc+jwt` と `did:key` を扱えるソフトウェアで検証できる。",
)


@click.command("credential", cls=Command, about=ABOUT)
@click.argument("process", metavar="ID")
@option("--out", type=click.Path(path_type=Path), about=t("write it here", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@node_option
@spoken
@click.pass_obj
def command(terminal: Terminal, process: str, out: Path | None, force: bool, node: Path) -> int:
    found = client(node, terminal).get("/v1/log/credential", transfer=process)
    put(out, found["credential"].encode() + b"\n", force=force)
    return 0
