"""`tegata recognisers`: what a scan looks for, and trying one's own."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t(
    "What a scan looks for. A recogniser is data; add a file of your own with --recognisers.",
    "スキャンが探すもの。認識器はデータであり、--recognisers で独自のファイルを加えられる。",
)
ENTRIES = {
    "list": Entry("tegata.cli.recognisers.list:command", t("what is looked for", "探すものの一覧")),
    "show": Entry("tegata.cli.recognisers.show:command", t("one recogniser, whole", "認識器の全内容を示す")),
    "test": Entry("tegata.cli.recognisers.test:command", t("try examples or values", "例や値で試す")),
}


@click.group("recognisers", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
