"""Negotiations and transfers as their node keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tegata.cli.paper import Paper
from tegata.cli.render.catalog import NOTHING
from tegata.model.base import Text, t
from tegata.model.process import Negotiation, TransferProcess

ROLES: Final[dict[str, Text]] = {
    "provider": t("as provider", "提供者として"),
    "consumer": t("as consumer", "利用者として"),
}
SUSPENDED: Final[dict[bool, Text]] = {
    True: t("suspended by this node", "自ノードが停止中"),
    False: t("suspended by the other side", "相手が停止中"),
}

PROPOSED: Final = t(
    "offered under these conditions; `tegata node negotiations accept` takes it, `terminate` refuses it",
    "次の条件で提案されています。`tegata node negotiations accept` で受諾、`terminate` で拒否します",
)


def show(paper: Paper, processes: Sequence[Negotiation | TransferProcess]) -> None:
    if not processes:
        paper.line(NOTHING)
    for process in processes:
        paper.line(f"{process.state}  ", ROLES[process.role], style="bold")
        paper.exact(process.id, indent=2, style="cyan")
        paper.exact(process.peer, indent=2)
        subject = process.dataset if isinstance(process, Negotiation) else process.agreement
        paper.exact(subject, indent=2, style="dim")
        if isinstance(process, TransferProcess) and process.suspended_by:
            paper.line(SUSPENDED[process.suspended_by == process.role], indent=2)
        if isinstance(process, Negotiation) and process.proposed is not None:
            paper.line(PROPOSED, indent=2)
            for condition in process.proposed:
                paper.line(condition.say, indent=4)
        for reason in process.reasons:
            paper.line(reason, indent=2)
