"""`tegata get`: negotiate, receive, verify; the data set and its passport end in a folder of yours."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tegata.cli.at_node import client, node_option, peer_option
from tegata.cli.client import NodeClient
from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, unwritable
from tegata.cli.terminal import Terminal
from tegata.model.base import Progress, Text, t
from tegata.model.errors import PeerError, TegataError

ABOUT = t(
    "Agree with PEER on DATASET, receive it as a stream, verify its passport, and put both into a folder.",
    "PEER と DATASET について合意し、ストリームで受信し、手形を検証して、フォルダに置く。",
)
POLL_S: Final = 0.1
PHASES: Final[dict[str, Text]] = {
    "negotiating": t("negotiating an agreement", "合意を交渉しています"),
    "preparing": t("the provider prepares the protected copy", "提供者が保護済みコピーを用意しています"),
    "receiving": t("receiving", "受信しています"),
    "verifying": t("verifying the passport", "手形を検証しています"),
}
ENDED: Final = ("done", "refused", "failed")


@click.command("get", cls=Command, about=ABOUT)
@click.argument("dataset")
@peer_option
@option(
    "--out", type=click.Path(path_type=Path), default=Path(), about=t("folder for the result", "結果を置くフォルダ")
)
@option("--force", is_flag=True, about=t("overwrite files there", "既存のファイルを上書きする"))
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, dataset: str, peer: str, out: Path, force: bool, node: Path) -> int:
    our_node = client(node, terminal)
    started = our_node.post("/v1/acquisitions", {"peer": peer, "dataset": dataset})
    with terminal.progress(t("receiving", "受信しています")) as progress:
        ended = _wait(our_node, started["id"], terminal, progress)
    _raise_unless_done(ended)
    placed = _place(ended, out, force=force)
    if terminal.as_json:
        terminal.document(ended | placed)
    else:
        from tegata.cli.render import acquisition

        acquisition.show(terminal.paper(), ended | placed)
    return 0


def _wait(our_node: NodeClient, acquisition: str, terminal: Terminal, progress: Progress | None) -> dict[str, Any]:
    """Poll until it ends; every change of phase is told."""
    phase, pause = "", threading.Event()
    while True:
        state: dict[str, Any] = our_node.get(f"/v1/acquisitions/{acquisition}")
        if state["phase"] in ENDED:
            return state
        if state["phase"] != phase:
            phase = state["phase"]
            terminal.note(PHASES.get(phase, t(phase, phase)))
        if progress and state.get("total"):
            progress(state["bytes"], state["total"])
        pause.wait(POLL_S)


def _raise_unless_done(state: dict[str, Any]) -> None:
    if state["phase"] == "done":
        return
    reasons = msgspec.convert(state.get("reasons") or [], list[Text])
    why = Text(en="; ".join(r.en for r in reasons), ja="、".join(r.ja for r in reasons))
    if state["phase"] == "refused":
        raise RefusedError(why)
    raise PeerError(t("the data set was not received", "データセットを受信できませんでした"), why=why)


class RefusedError(TegataError):
    """The provider does not give the data set to us."""

    code = "refused"

    def __init__(self, why: Text) -> None:
        super().__init__(t("the provider refuses", "提供者に拒否されました"), why=why)
        self.exit_code = 13


def _place(state: dict[str, Any], out: Path, *, force: bool) -> dict[str, str]:
    """The received files under their names in `out`; the paths."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from None
    placed = {kind: out / Path(state[kind]).name for kind in ("data", "passport")}
    for target in placed.values():
        refuse_existing(target, force=force)
    for kind, target in placed.items():
        _copy(Path(state[kind]), target)
    return {kind: str(target) for kind, target in placed.items()}


def _copy(source: Path, target: Path) -> None:
    staged = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, staged)
        os.replace(staged, target)
    except OSError as error:
        raise unwritable(target, error) from None
    finally:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)
