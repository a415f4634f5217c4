"""`tegata vault`: which token stands for which value."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t(
    "Vaults of tokens. `tegata protect --vault` replaces values by tokens (`tokenise` in a plan) and keeps both "
    "here, sealed. Only you can look up, hand out or forget what a token stands for; each such act stays on record.",
    "トークンの保管庫。`tegata protect --vault` は値をトークンに置き換え（計画の `tokenise`）、両者を封じて"
    "保管する。トークンの元の値を調べ、渡し、忘れさせることができるのは持ち主だけで、その操作はすべて記録に残る。",
)
ENTRIES = {
    "new": Entry("tegata.cli.vault.new:command", t("make a vault for a data set", "データ集合の保管庫を作る")),
    "show": Entry("tegata.cli.vault.look:show", t("what it holds, and what was done", "内容と操作の記録を示す")),
    "find": Entry("tegata.cli.vault.look:find", t("the values that tokens stand for", "トークンの元の値を調べる")),
    "export": Entry("tegata.cli.vault.look:export", t("tokens of a person's values", "本人の値のトークンを出力")),
    "forget": Entry("tegata.cli.vault.end:forget", t("values are known no more", "値を忘れさせる")),
    "destroy": Entry("tegata.cli.vault.end:destroy", t("the whole vault, for good", "保管庫全体を破棄する")),
}


@click.group("vault", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
