"""`tegata node status`: is it up, who is it, and how far others have come with its log."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import click

from tegata.cli.at_node import client, node_option
from tegata.cli.client import NodeClient
from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import PeerError

ABOUT = t(
    "Tell the node's id, name and address; how far its log is published, stamped and cosigned, since when it is not, "
    "and which transfers wait for that. 0 when it is up, 1 when not.",
    "ノードの id、名前、アドレスと、ログがどこまで公開・時刻証明・連署されたか、いつから遅れているか、"
    "それを待っている転送を示す。稼働中は 0、停止中は 1。",
)
POLL_S: Final = 0.05


@click.command("status", cls=Command, about=ABOUT)
@option("--wait", "seconds", type=float, default=0.0, about=t("wait so many seconds for it to start", "起動を待つ秒数"))
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, seconds: float, node: Path) -> int:
    ours = client(node, terminal)
    found = {**_self(ours, seconds), "log": ours.get("/v1/log/lags")}
    if terminal.as_json:
        terminal.document(found)
    else:
        from tegata.cli.render import log as render

        paper = terminal.paper()
        for key in ("id", "name", "url", "version"):
            paper.exact(f"{key + ':':9}{found[key]}")
        render.show_lags(paper, found["log"]["lags"])
        render.show_waiting(paper, found["log"]["waiting"])
    return 0


def _self(our_node: NodeClient, patience: float) -> Any:
    """What the node says of itself; asked again until `patience` seconds are over."""
    from tegata.clock import SystemClock

    clock, pause = SystemClock(), threading.Event()
    until = clock.monotonic() + patience
    while True:
        try:
            return our_node.get("/v1/self")
        except PeerError:
            if clock.monotonic() >= until:
                raise
        pause.wait(POLL_S)
