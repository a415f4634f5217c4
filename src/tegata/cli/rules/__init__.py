"""`tegata rules`: look into the rule packs, and write one's own."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t(
    "Law as data: look into the rule packs, and write one of your own.",
    "データとしての法令：ルールパックを調べ、独自のパックを作成する。",
)
ENTRIES = {
    "list": Entry("tegata.cli.rules.list:command", t("the packs in use", "使われるパックの一覧")),
    "show": Entry("tegata.cli.rules.show:command", t("a pack or one rule of it, whole", "パック又は規則の全内容")),
    "explain": Entry("tegata.cli.rules.explain:command", t("one rule and all it rests on", "規則とその根拠を示す")),
    "map": Entry(
        "tegata.cli.rules.map:command",
        t("legal definition, means, standard, procedure", "法令上の定義と技術・標準・手続の対応表"),
    ),
    "ownership": Entry(
        "tegata.cli.rules.ownership:command", t("who owns whom, and what follows", "所有関係とそこから定まる地位")
    ),
    "duties": Entry("tegata.cli.rules.duties:command", t("what to report until when", "報告の相手と期限を示す")),
    "new": Entry("tegata.cli.rules.new:command", t("a pack of your own to start from", "独自パックのひな形を作る")),
    "lint": Entry("tegata.cli.rules.lint:command", t("every fault of a pack", "パックの誤りをすべて示す")),
    "test": Entry("tegata.cli.rules.test:command", t("run a pack's worked examples", "パックの事例を実行する")),
    "sign": Entry("tegata.cli.rules.sign:command", t("stand for a pack, until a day", "パックに署名する")),
    "verify": Entry("tegata.cli.rules.verify:command", t("who vouches for the packs", "パックの署名を検証する")),
    "odrl": Entry("tegata.cli.rules.odrl:command", t("a decision as ODRL, or back", "判定と ODRL の相互変換")),
    "diff": Entry("tegata.cli.rules.diff:command", t("what changed between two packs", "2 つのパックの違いを示す")),
}


@click.group("rules", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
