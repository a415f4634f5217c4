"""`tegata node`: make a node, start it, tell it whom it may know, look after it."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t("Make and run a node: one process, one folder.", "ノードを作成し、動かす。1 プロセス、1 フォルダ。")
ENTRIES = {
    "init": Entry("tegata.cli.node.init:command", t("make a node's folder", "ノードのフォルダを作る")),
    "start": Entry("tegata.cli.node.start:command", t("run it until it is stopped", "停止するまで動かす")),
    "status": Entry("tegata.cli.node.status:command", t("is it up, and who is it", "稼働状況を確かめる")),
    "peer": Entry("tegata.cli.node.peer:command", t("the participants that it knows", "相手の参加者を登録・表示する")),
    "ownership": Entry("tegata.cli.node.ownership:command", t("who counts together", "共通の支配を読み込む・表示する")),
    "consent": Entry("tegata.cli.node.consent:command", t("who has given consent", "同意を登録・撤回する")),
    "negotiations": Entry(
        "tegata.cli.node.processes:negotiations", t("contract negotiations under way", "契約交渉を表示・終了する")
    ),
    "transfers": Entry(
        "tegata.cli.node.processes:transfers", t("transfers: suspend, resume, end", "転送を表示・停止・再開・終了する")
    ),
    "doors": Entry("tegata.cli.node.doors:command", t("open data where it lies", "手元のツールでの開き方を示す")),
    "decisions": Entry("tegata.cli.node.decisions:command", t("what it decided, and why", "判定とその理由を示す")),
    "key": Entry("tegata.cli.node.key:command", t("the key that speaks for it", "ノードの鍵を示す・引き継ぐ")),
    "log": Entry("tegata.cli.node.log:command", t("check its evidence log", "証跡ログを検査する")),
}


@click.group("node", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
