"""`tegata node negotiations` and `tegata node transfers`: see them, and steer them by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.process import Negotiation, TransferProcess

KINDS: Final[dict[str, type[Negotiation | TransferProcess]]] = {
    "negotiations": Negotiation,
    "transfers": TransferProcess,
}
ORDERS = {
    "accept": t("take the offer that waits for you", "届いたオファーを受け入れる"),
    "suspend": t("hold a transfer up: no more data leaves", "転送を一時停止する。データはこれ以上出ない"),
    "resume": t("let a transfer go on that you suspended", "自分が停止した転送を再開する"),
    "complete": t("declare a transfer complete", "転送を完了とする"),
    "terminate": t("end it for good and tell the other side why", "終了させ、相手に理由を伝える"),
}

OFFER = t("offer a data set to a participant who has not asked", "求められていない参加者にデータセットを提案する")


def _listing(kind: str) -> click.Command:
    @click.command("list", cls=Command, about=t("List them.", "一覧を示す。"))
    @option("--state", default="", about=t("only those in this state", "この状態のものだけ"))
    @node_option
    @answers
    @click.pass_obj
    def listing(terminal: Terminal, state: str, node: Path) -> int:
        our_node, found = client(node, terminal), list[dict[str, Any]]()
        while page := our_node.get(f"/v1/{kind}", state=state.upper(), after=found[-1]["id"] if found else ""):
            found += page
        return _tell(terminal, kind, found)

    return listing


def _show(kind: str) -> click.Command:
    @click.command("show", cls=Command, about=t("Show one.", "1 件を示す。"))
    @click.argument("process", metavar="ID")
    @node_option
    @answers
    @click.pass_obj
    def show(terminal: Terminal, process: str, node: Path) -> int:
        return _tell(terminal, kind, client(node, terminal).get(f"/v1/{kind}/{process}"))

    return show


def _ordering(kind: str, order: str) -> click.Command:
    @click.command(order, cls=Command, about=ORDERS[order])
    @click.argument("process", metavar="ID")
    @option("--reason", default="", about=t("what the other side is told", "相手に伝える理由"))
    @node_option
    @answers
    @click.pass_obj
    def ordering(terminal: Terminal, process: str, reason: str, node: Path) -> int:
        done = client(node, terminal).post(f"/v1/{kind}/{process}/{order}", {"reason": reason})
        return _tell(terminal, kind, done)

    return ordering


@click.command("offer", cls=Command, about=OFFER)
@click.argument("dataset")
@option("--to", "peer", required=True, about=t("name or id of the participant", "参加者の名前か id"))
@node_option
@answers
@click.pass_obj
def negotiations_offer(terminal: Terminal, dataset: str, peer: str, node: Path) -> int:
    return _tell(
        terminal, "negotiations", client(node, terminal).post("/v1/negotiations", {"peer": peer, "dataset": dataset})
    )


def _tell(terminal: Terminal, kind: str, found: Any) -> int:
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render import process

    paper, some = terminal.paper(), found if isinstance(found, list) else [found]
    process.show(paper, [msgspec.convert(one, KINDS[kind]) for one in some])
    return 0


def _entries(kind: str, *orders: str) -> dict[str, Entry]:
    about = {
        "list": t("show them", "一覧を表示する"),
        "show": t("show one", "1 件を表示する"),
        "offer": OFFER,
        **ORDERS,
    }
    return {name: Entry(f"{__name__}:{kind}_{name}", about[name]) for name in ("list", "show", *orders)}


negotiations_list, negotiations_show = _listing("negotiations"), _show("negotiations")
negotiations_accept, negotiations_terminate = (_ordering("negotiations", order) for order in ("accept", "terminate"))
transfers_list, transfers_show = _listing("transfers"), _show("transfers")
transfers_suspend, transfers_resume = _ordering("transfers", "suspend"), _ordering("transfers", "resume")
transfers_complete, transfers_terminate = _ordering("transfers", "complete"), _ordering("transfers", "terminate")

OF_RELEASES = {
    "risk": Entry(
        "tegata.cli.node.risk:command", t("what its data tells of people", "データから人について知られること")
    ),
    "credential": Entry(
        "tegata.cli.node.credential:command",
        t("its passport as a W3C credential", "手形を W3C の資格情報にする"),
    ),
}
ABOUT_NEGOTIATIONS = t(
    "See your node's contract negotiations, take or refuse an offer, make one.",
    "契約交渉を表示し、オファーの受諾・拒否・提案を行う。",
)
ABOUT_TRANSFERS = t("See your node's transfers, and steer them.", "転送を表示し、操作する。")


@click.group(
    "negotiations",
    cls=Group,
    entries=_entries("negotiations", "offer", "accept", "terminate"),
    about=ABOUT_NEGOTIATIONS,
)
@spoken
def negotiations() -> None:
    pass


@click.group(
    "transfers",
    cls=Group,
    entries={**_entries("transfers", "suspend", "resume", "complete", "terminate"), **OF_RELEASES},
    about=ABOUT_TRANSFERS,
)
@spoken
def transfers() -> None:
    pass
